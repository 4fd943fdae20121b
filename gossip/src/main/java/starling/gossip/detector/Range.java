package starling.gossip.detector;

import java.util.UUID;
import starling.gossip.GossipBytes.Reader;
import starling.gossip.GossipFormatException;

/**
 * A part of the table by the hash of the member's id: all of it, one of 16 parts, or one of 256.
 */
record Range(int level, int number) {
  static final int FAN_OUT = 16;
  static final int LEAVES = 2;
  static final int BUCKETS = FAN_OUT * FAN_OUT;
  static final Range ALL = new Range(0, 0);

  /** The bucket of a member, hashed so that ids with a pattern spread, too. */
  static int bucketOf(UUID id) {
    long mixed =
        SwimRules.mix(id.getMostSignificantBits() ^ SwimRules.mix(id.getLeastSignificantBits()));
    return (int) (mixed & (BUCKETS - 1));
  }

  Range child(int index) {
    return new Range(level + 1, number * FAN_OUT + index);
  }

  int firstBucket() {
    return number * bucketCount();
  }

  int bucketCount() {
    return level == 0 ? BUCKETS : level == 1 ? FAN_OUT : 1;
  }

  void write(PacketWriter out) {
    out.u8(level);
    out.u8(number);
  }

  static Range read(Reader in) {
    int level = in.u8("level");
    int number = in.u8("range");
    if (level > LEAVES || number >= (level == 0 ? 1 : level == 1 ? FAN_OUT : BUCKETS)) {
      throw new GossipFormatException("no range " + number + " of level " + level);
    }
    return new Range(level, number);
  }
}
