package starling.node.sim.fault;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import starling.node.sim.fault.InjectedFault.Kind;
import starling.sim.SplitMix;

/**
 * Draws the faults of a run from its seed, from a random stream of its own, and keeps it within
 * what can be recovered, so that every run that goes wrong is a bug: copies are destroyed on one
 * node of a run alone, and only where every acknowledged write stands on two at least.
 */
public final class FaultSchedule {
  private static final long DAY_MILLIS = 86_400_000;

  /** Mean times between two of them: often, now and then, rarely. */
  private static final long[] GAPS = {1_200, 3_000, 8_000};

  private FaultSchedule() {}

  /**
   * The kinds of one run: each family is in or out.
   *
   * @param destroys whether copies may be destroyed
   */
  public static Set<Kind> kinds(SplitMix chance, boolean destroys) {
    Set<Kind> kinds = EnumSet.noneOf(Kind.class);
    maybe(chance, 0.5, kinds, Kind.CRASH);
    maybe(chance, 0.2, kinds, Kind.CRASH_ALL, Kind.CRASH_ALL_AFTER_ANSWER);
    maybe(chance, 0.35, kinds, Kind.POWER);
    maybe(chance, 0.15, kinds, Kind.POWER_ALL, Kind.POWER_ALL_AFTER_ANSWER);
    maybe(chance, 0.35, kinds, Kind.PAUSE);
    maybe(chance, 0.45, kinds, Kind.CUT, Kind.ISOLATE);
    maybe(chance, 0.35, kinds, Kind.CUT_ONE_WAY, Kind.DEAF, Kind.MUTE);
    maybe(chance, 0.25, kinds, Kind.SIDES, Kind.BRIDGE, Kind.CIRCLE);
    maybe(chance, 0.3, kinds, Kind.FLAP, Kind.SWIZZLE, Kind.CLOG);
    maybe(chance, 0.4, kinds, Kind.CLOCK_JUMP, Kind.CLOCK_DRIFT);
    maybe(chance, 0.25, kinds, Kind.SLOW_DISK);
    maybe(chance, 0.2, kinds, Kind.FULL_DISK);
    maybe(chance, 0.25, kinds, Kind.WRITE_ERROR, Kind.READ_ERROR);
    maybe(chance, 0.25, kinds, Kind.ROT, Kind.ROT_WHILE_DOWN);
    maybe(chance, 0.2, kinds, Kind.WIPE, Kind.ROLL_BACK);
    maybe(chance, 0.25, kinds, Kind.READ_ERROR_ONCE);
    maybe(chance, 0.2, kinds, Kind.STORAGE_THROWS);
    maybe(chance, 0.2, kinds, Kind.ROT_WHILE_STARTING);
    maybe(chance, 0.2, kinds, Kind.ROT_OF_INDEX);
    maybe(chance, 0.25, kinds, Kind.OUTAGE_AND_CLOCK_JUMP);
    if (!destroys) {
      kinds.removeAll(Kind.DESTROYS);
    }
    return kinds;
  }

  private static void maybe(SplitMix chance, double often, Set<Kind> kinds, Kind... family) {
    if (chance.chance(often)) {
      kinds.addAll(List.of(family));
    }
  }

  /** What happens when, in the order of time. */
  public static List<InjectedFault> draw(
      long seed, int nodes, long chaosMillis, Collection<Kind> kinds) {
    return draw(seed, nodes, chaosMillis, kinds, Kind.DESTROYS);
  }

  /**
   * The same.
   *
   * @param destroying the kinds that happen to one node alone
   */
  public static List<InjectedFault> draw(
      long seed, int nodes, long chaosMillis, Collection<Kind> kinds, Set<Kind> destroying) {
    SplitMix chance = SplitMix.named(seed, "nemesis");
    List<Kind> choice = new ArrayList<>(kinds);
    List<InjectedFault> drawn = new ArrayList<>();
    long gap = GAPS[chance.nextInt(GAPS.length)];
    int victim = chance.nextInt(nodes);
    double at = gap * chance.nextExponential();
    while (at < chaosMillis && !choice.isEmpty()) {
      Kind kind = choice.get(chance.nextInt(choice.size()));
      List<Integer> order = shuffled(nodes, chance);
      if (destroying.contains(kind)) {
        order.remove(Integer.valueOf(victim));
        order.add(0, victim);
      }
      drawn.add(
          new InjectedFault(kind, (long) at, millis(kind, chance), order, amount(kind, chance)));
      at += gap * chance.nextExponential();
    }
    return drawn;
  }

  private static List<Integer> shuffled(int nodes, SplitMix chance) {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < nodes; i++) {
      order.add(chance.nextInt(order.size() + 1), i);
    }
    return order;
  }

  /** Draws as often for every kind, so that another kind shifts nothing. */
  private static long millis(Kind kind, SplitMix chance) {
    double drawn = chance.nextExponential();
    boolean isLong = chance.chance(0.08);
    return switch (kind) {
      case PAUSE -> Math.min(30_000, 1_000 + (long) ((isLong ? 15_000 : 2_500) * drawn));
      case CRASH_ALL, CRASH_ALL_AFTER_ANSWER, POWER_ALL, POWER_ALL_AFTER_ANSWER ->
          50 + (long) (1_000 * drawn);
      case CLOCK_JUMP -> 0;
      case CLOCK_DRIFT, SLOW_DISK, FULL_DISK, STORAGE_THROWS -> 1_000 + (long) (4_000 * drawn);
      case WRITE_ERROR, READ_ERROR -> 500 + (long) (2_000 * drawn);
      default -> Math.min(25_000, 100 + (long) ((isLong ? 10_000 : 2_400) * drawn));
    };
  }

  private static long amount(Kind kind, SplitMix chance) {
    long drawn = chance.nextLong(1L << 40);
    boolean far = chance.chance(0.3);
    return switch (kind) {
      case CLOCK_JUMP -> drawn % (2 * (far ? DAY_MILLIS : 5_000)) - (far ? DAY_MILLIS : 5_000);
      case OUTAGE_AND_CLOCK_JUMP -> {
        // Of a few hours, or of days: below and above the age at which hints are old.
        long reach = far ? 5 * DAY_MILLIS : DAY_MILLIS / 4;
        yield drawn % (2 * reach) - reach;
      }
      case STORAGE_THROWS -> 3 + drawn % 40;
      case CLOCK_DRIFT -> far ? 50 : 150;
      case SLOW_DISK -> 10 + drawn % 90;
      case FULL_DISK -> drawn % 4_096;
      case WRITE_ERROR, READ_ERROR, READ_ERROR_ONCE -> 1 + drawn % 40;
      case FLAP -> 50 + drawn % 1_500;
      default -> drawn;
    };
  }
}
