package starling.node.runtime.rpc;

import starling.gossip.ProcessIncarnation;
import starling.node.version.BinaryReader;
import starling.node.version.BinaryWriter;

/**
 * The answer to a rejected greeting: a reason to act upon and a message for the log.
 *
 * <pre>
 *   05                        reason, see {@link RejectionReason}
 *   00 00 00 00 00 00 00 07   incarnation of the rejecting process, or of the caller's duplicate
 *   1b 2e ...                 8 bytes, its process nonce
 *   05 68 65 6c 6c 6f         message, UTF-8 with its length (varint)
 * </pre>
 *
 * @param life of the rejecting process; where another process has the caller's id, of that one
 */
record HandshakeRejection(RejectionReason reason, ProcessIncarnation life, String words) {
  byte[] encode() {
    BinaryWriter out = new BinaryWriter(64);
    out.u8(reason.code()).i64(life.incarnation()).i64(life.processNonce()).text(words);
    return out.toBytes();
  }

  static HandshakeRejection decode(byte[] bytes) {
    BinaryReader in = new BinaryReader(bytes);
    RejectionReason reason = RejectionReason.of(in.u8("the reason of a rejection"));
    ProcessIncarnation life = Hello.life(in);
    String words = in.text("the message of a rejection");
    in.end("a rejection");
    return new HandshakeRejection(reason, life, words);
  }

  /** The message of an unknown peer, made safe for a line of the log. */
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
