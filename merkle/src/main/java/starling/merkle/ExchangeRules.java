package starling.merkle;

/**
 * The rules of an exchange, each in one place. Not final: a test plants one bug by overriding one
 * rule, or makes collisions likely.
 */
class ExchangeRules {
  static final ExchangeRules SOUND = new ExchangeRules();

  /** A lowest node of more elements is divided by digest. */
  static final int MAX_LISTED = 128;

  private static final int GOAL_LISTED = 16;

  /** The number that two replicas compare for everything they share. */
  long rootSum(TreeKey.Salted key, NodeSum sum) {
    return SipHash.hash(key.k0(), key.k1(), sum.sum, sum.count);
  }

  /** The number that stands for a node in a message. */
  int shortSum(TreeKey.Salted key, NodeSum sum) {
    return (int) SipHash.hash(key.k0(), ~key.k1(), sum.sum, sum.count);
  }

  /** The number that stands for an element in a message. */
  int id(TreeKey.Salted key, long digest) {
    return (int) SipHash.hash(~key.k0(), key.k1(), digest, 0);
  }

  /** The depth at which rows of two depths are compared. */
  int coarser(int mine, int theirs) {
    return Math.min(mine, theirs);
  }

  /**
   * The bits of digest below a lowest node with {@code count} elements: the same if it is small.
   */
  int digestBits(TreeNode node, long count) {
    if (count <= MAX_LISTED) {
      return node.digestBits();
    }
    int more = 64 - Long.numberOfLeadingZeros((count - 1) / GOAL_LISTED);
    return Math.min(TreeNode.MAX_DIGEST_BITS, node.digestBits() + more);
  }

  /** Whether a message proves that it comes from a holder of the key. */
  boolean authentic(long tag, long expected) {
    return tag == expected;
  }

  /** Whether elements that share an id count as different if one side has more of them. */
  boolean comparesMultiplicity() {
    return true;
  }

  /** How many requests an exchange may make. */
  int maxRequests() {
    return Exchange.MAX_REQUESTS;
  }

  /** How many nodes that differ an exchange may have found and not yet asked about. */
  int maxNodes() {
    return Exchange.MAX_NODES;
  }

  /** Whether a second answer to a request is applied again. */
  boolean appliesAgain() {
    return false;
  }

  /**
   * How many bits deeper an initiator goes: an even number of steps of at most 7 bits remains, so
   * that it compares the lowest nodes and lists them.
   */
  static int initiatorWidth(int remaining) {
    int steps = 2 * ((remaining + 13) / 14);
    return (remaining + steps - 1) / steps;
  }

  /** How many bits deeper a responder goes: an odd number of steps remains. */
  static int responderWidth(int remaining) {
    int steps = 1 + 2 * ((Math.max(0, remaining - 7) + 13) / 14);
    return (remaining + steps - 1) / steps;
  }
}
