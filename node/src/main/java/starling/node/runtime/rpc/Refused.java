package starling.node.runtime.rpc;

import starling.node.version.BinaryReader;
import starling.node.version.BinaryWriter;

/**
 * Why a connection was not taken: a reason in one byte and words for the log of the other side.
 *
 * <pre>
 *   01          reason: 0 a stranger, 1 another connection of this pair stands or is coming,
 *               2 the caller uses the id of the called node
 *   8 + 8       incarnation and life of the refusing process
 *   05 68 65 .. words, with their length
 * </pre>
 */
record Refused(Reason reason, long incarnation, long life, String words) {
  /** Why; the order is part of the encoding. */
  enum Reason {
    STRANGER,
    SECOND,
    SAME_ID
  }

  byte[] encode() {
    BinaryWriter out = new BinaryWriter(64);
    out.u8(reason.ordinal()).i64(incarnation).i64(life).text(words);
    return out.toBytes();
  }

  static Refused decode(byte[] bytes) {
    BinaryReader in = new BinaryReader(bytes);
    int code = in.u8("the reason of a refusal");
    Reason reason = code < Reason.values().length ? Reason.values()[code] : Reason.STRANGER;
    return new Refused(
        reason, in.i64("an incarnation"), in.i64("a life"), in.text("the words of a refusal"));
  }
}
