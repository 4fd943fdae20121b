package starling.node.process;

/**
 * What becomes of the bytes that one node sends to another.
 *
 * @param leastMillis how long they are on their way at least; they never overtake each other
 * @param mostMillis and at most
 * @param resetChance how likely a piece of the stream is cut in its middle and its connection reset
 */
record LinkFault(Way way, int leastMillis, int mostMillis, double resetChance) {
  enum Way {
    PASS,
    /**
     * Kept, and delivered after the link is healed, as TCP does over a cable pulled for a while.
     */
    HOLD,
    /** Taken and lost; the connection looks open until the link is healed. */
    SWALLOW,
    /** Connections are reset, and so is every new one. */
    REFUSE
  }

  static final LinkFault NONE = new LinkFault(Way.PASS, 0, 0, 0);
  static final LinkFault HELD = new LinkFault(Way.HOLD, 0, 0, 0);
  static final LinkFault SWALLOWED = new LinkFault(Way.SWALLOW, 0, 0, 0);
  static final LinkFault REFUSED = new LinkFault(Way.REFUSE, 0, 0, 0);

  static LinkFault delay(int leastMillis, int mostMillis) {
    return new LinkFault(Way.PASS, leastMillis, mostMillis, 0);
  }

  static LinkFault resets(double chance) {
    return new LinkFault(Way.PASS, 0, 0, chance);
  }
}
