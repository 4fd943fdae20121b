package starling.node.sim.workload;

import org.jspecify.annotations.Nullable;
import starling.node.request.Quorum;
import starling.node.request.RequestOptions;
import starling.node.storage.Durability;
import starling.sim.SplitMix;

/** Draws what single requests ask for themselves, from all values that the contract allows. */
final class DrawnOptions {
  private static final Quorum[] LEVELS = {
    Quorum.ONE, Quorum.QUORUM, Quorum.ALL, Quorum.of(1), Quorum.of(2), Quorum.of(3)
  };
  private static final Quorum[] PRIMARIES = {
    Quorum.ZERO, Quorum.ONE, Quorum.QUORUM, Quorum.ALL, Quorum.of(1), Quorum.of(2), Quorum.of(3)
  };

  /** Longest and shortest that the contract allows, and some between. */
  private static final int[] TIMEOUTS = {1, 50, 300, 1_000, 10_000, 60_000};

  private DrawnOptions() {}

  static RequestOptions ofRead(SplitMix chance) {
    Quorum r = quorum(chance, LEVELS, 0.6);
    Quorum pr = quorum(chance, PRIMARIES, 0.3);
    return new RequestOptions(r, null, pr, null, timeout(chance), null);
  }

  static RequestOptions ofWrite(SplitMix chance) {
    Quorum w = quorum(chance, LEVELS, 0.6);
    Quorum pw = quorum(chance, PRIMARIES, 0.3);
    Integer timeout = timeout(chance);
    Durability durability =
        chance.chance(0.3) ? Durability.values()[chance.nextInt(Durability.values().length)] : null;
    // A write with conditions reads, too.
    Quorum r = quorum(chance, LEVELS, 0.2);
    return new RequestOptions(r, w, null, pw, timeout, durability);
  }

  private static @Nullable Quorum quorum(SplitMix chance, Quorum[] from, double often) {
    int drawn = chance.nextInt(from.length);
    return chance.chance(often) ? from[drawn] : null;
  }

  private static @Nullable Integer timeout(SplitMix chance) {
    int drawn = chance.nextInt(TIMEOUTS.length);
    return chance.chance(0.15) ? Integer.valueOf(TIMEOUTS[drawn]) : null;
  }
}
