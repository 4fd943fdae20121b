package starling.node.runtime.rpc;

import starling.gossip.Life;
import starling.node.version.BinaryReader;
import starling.node.version.BinaryWriter;

/**
 * The answer to a greeting that is not welcome: a reason to act upon and words to log.
 *
 * <pre>
 *   05                        reason, see {@link RefusalReason}
 *   00 00 00 00 00 00 00 07   incarnation of the refusing process, or of the caller's double
 *   1b 2e ...                 8 bytes, its life number
 *   05 68 65 6c 6c 6f         words, UTF-8 with their length (varint)
 * </pre>
 *
 * @param life of the process that refuses; where another process has the caller's id, of that one
 */
record Refused(RefusalReason reason, Life life, String words) {
  byte[] encode() {
    BinaryWriter out = new BinaryWriter(64);
    out.u8(reason.code()).i64(life.incarnation()).i64(life.number()).text(words);
    return out.toBytes();
  }

  static Refused decode(byte[] bytes) {
    BinaryReader in = new BinaryReader(bytes);
    RefusalReason reason = RefusalReason.of(in.u8("the reason of a refusal"));
    Life life = Hello.life(in);
    String words = in.text("the words of a refusal");
    in.end("a refusal");
    return new Refused(reason, life, words);
  }

  /** The words of a stranger, fit for a line of a log. */
  String printableWords() {
    StringBuilder plain = new StringBuilder();
    words
        .codePoints()
        .limit(300)
        .map(c -> Character.isISOControl(c) ? ' ' : c)
        .forEach(plain::appendCodePoint);
    return plain.toString();
  }
}
