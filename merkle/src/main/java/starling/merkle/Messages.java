package starling.merkle;

/**
 * The messages of an exchange. Each request is answered by itself, from the request and the rows of
 * the responder alone; so requests can be lost, repeated and reordered.
 *
 * <pre>
 * request   version u8 = 1, kind u8, salt u64, scope u64, number varint, body, tag u64
 *   ROOT    rows varint, lowest and greatest depth of them u8 u8, sum of all u64
 *   WALK    runs: nodes that differ, with the sums of their children or the ids of their elements
 * answer    version u8 = 1, kind u8, salt u64, number varint, body, tag u64
 *   EQUAL   (nothing)
 *   ANSWER  nodes answered varint (the others are asked about again), elements that the initiator
 *           lacks varint, nodes whose difference was not found varint, count varint and gaps varint
 *           of the listed ids that the responder lacks, runs: nodes that differ below those asked
 *   RESTART reason u8
 * runs      runs, then u8 = 255
 *   run     width u8 (254: ids), depth u8, leafDepth u8, digestBits u8, nodes varint,
 *           then of each node: gap to the one before varint, and
 *           2^width sums u32 (of width 0: none), or count varint and ids u32
 *
 * ROOT      01 01 8877665544332211 0700000000000000 00 02 03 03 20325f678a3b4618 0eed0fd4acd437ea
 * </pre>
 */
final class Messages {
  static final int VERSION = 1;
  static final int TAG_BYTES = 8;
  static final int MIN_BYTES = 19;

  /** No message is longer. */
  static final int MAX_BYTES = 512 << 10;

  /** A request ends with the node that makes it longer than this. */
  static final int REQUEST_BYTES = 64 << 10;

  /** An answer ends with the node that makes it longer than this. */
  static final int ANSWER_BYTES = 384 << 10;

  /** A lowest node that cannot be divided further is listed up to this many elements. */
  static final int MAX_IDS = 4_096;

  static final int ROOT = 1;
  static final int WALK = 2;
  static final int EQUAL = 3;
  static final int ANSWER = 4;
  static final int RESTART = 5;

  private Messages() {}

  static MessageWriter request(int kind, SharedRows rows, long salt, int number) {
    MessageWriter out = new MessageWriter();
    out.u8(VERSION);
    out.u8(kind);
    out.u64(salt);
    out.u64(rows.scope());
    out.varint(number);
    return out;
  }

  static MessageWriter answer(int kind, long salt, int number) {
    MessageWriter out = new MessageWriter();
    out.u8(VERSION);
    out.u8(kind);
    out.u64(salt);
    out.varint(number);
    return out;
  }
}
