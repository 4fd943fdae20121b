package starling.node.sim;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import starling.node.config.NodeLimits;
import starling.node.request.BucketProperties;
import starling.node.request.BucketProperties.Conflict;
import starling.node.request.Quorum;
import starling.node.sim.fault.FaultSchedule;
import starling.node.sim.fault.InjectedFault;
import starling.node.sim.fault.InjectedFault.Kind;
import starling.node.storage.Durability;
import starling.node.version.IdempotencyKey;
import starling.sim.NetworkFaults;
import starling.sim.SplitMix;

/**
 * What one run will be like, as a plain value drawn from its seed before it begins. Each kind of
 * fault is on or off, so that some runs are about one kind alone: a fault that is always on hides
 * what another would have shown.
 *
 * @param keys keys that all clients use until the end
 * @param coldKeys keys that are written a few times, and then left
 * @param settled whether the cluster comes together before the faults begin
 * @param mixed whether requests draw their own quorums; else all use the bucket's
 * @param sloppy whether fallbacks count to quorums
 * @param hintBytes how much a node may keep for others
 * @param meanGapMillis mean time from one request of a client to its next
 */
public record SwarmPlan(
    int nodes,
    int keys,
    int coldKeys,
    int clients,
    boolean settled,
    boolean mixed,
    boolean sloppy,
    boolean lastWriterWins,
    Durability durability,
    long meanDiskNanos,
    long hintBytes,
    long meanGapMillis,
    NetworkFaults weather,
    long chaosMillis,
    List<InjectedFault> troubles) {

  /** How long faults last where a test does not say otherwise. */
  static final long CHAOS_MILLIS = 100_000;

  /** A fast disk, a slow one, and one that makes everybody wait. */
  private static final long[] DISKS = {400_000, 5_000_000, 40_000_000};

  /** So many that a copy which is lost early is not replaced by something later. */
  static final int COLD_KEYS = 220;

  /** So small, and so short, that each run compacts and scrubs. */
  private static final int SEGMENT_BYTES = 32 << 10;

  private static final long SCRUB_NANOS = 10_000_000_000L;

  private static final long[] GAPS = {20, 60, 200};

  static SwarmPlan draw(long seed) {
    return draw(seed, CHAOS_MILLIS);
  }

  static SwarmPlan draw(long seed, long chaosMillis) {
    SplitMix chance = SplitMix.named(seed, "plan");
    Sketch drawn = new Sketch();
    drawn.nodes = chance.chance(0.65) ? 5 : chance.chance(0.6) ? 3 : chance.nextInt(4, 8);
    drawn.keys = chance.nextInt(1, 5);
    drawn.coldKeys = COLD_KEYS;
    drawn.clients = chance.nextInt(2, 8);
    drawn.settled = chance.chance(0.75);
    drawn.mixed = chance.chance(0.4);
    drawn.sloppy = chance.chance(0.6);
    drawn.lastWriterWins = chance.chance(0.2);
    boolean replicated = chance.chance(0.4);
    drawn.meanDiskNanos = DISKS[chance.nextInt(DISKS.length)];
    drawn.hintBytes = chance.chance(0.25) ? chance.nextLong(100, 1_000) : 1 << 30;
    drawn.weather = weather(chance);
    // As dense as this cluster can bear.
    long roundTrip = drawn.meanDiskNanos + drawn.weather.meanExtraDelayNanos();
    drawn.meanGapMillis = GAPS[chance.nextInt(GAPS.length)] + 5 * roundTrip / 1_000_000;
    drawn.chaosMillis = chaosMillis;
    Set<Kind> kinds = FaultSchedule.kinds(chance, true);
    // A loss of power may take what was only replicated: of one node that is a copy, of all it may
    // be every copy, and no checker could tell that from a bug.
    boolean all = kinds.contains(Kind.POWER_ALL);
    drawn.durability = replicated && !all ? Durability.REPLICATED : Durability.SYNCED;
    drawn.troubles =
        FaultSchedule.draw(seed, drawn.nodes, chaosMillis, kinds, destroying(drawn.durability));
    return drawn.plan();
  }

  /** The network's own faults, gentler than gossip's: requests must get through now and then. */
  private static NetworkFaults weather(SplitMix chance) {
    NetworkFaults drawn = NetworkFaults.swarm(chance);
    double gentle = chance.nextDouble() * 0.03;
    return drawn.withLoss(drawn.loss() == 0 ? 0 : gentle);
  }

  /** The same with something changed. */
  SwarmPlan with(Consumer<Sketch> change) {
    Sketch sketch = new Sketch();
    sketch.nodes = nodes;
    sketch.keys = keys;
    sketch.coldKeys = coldKeys;
    sketch.clients = clients;
    sketch.settled = settled;
    sketch.mixed = mixed;
    sketch.sloppy = sloppy;
    sketch.lastWriterWins = lastWriterWins;
    sketch.durability = durability;
    sketch.meanDiskNanos = meanDiskNanos;
    sketch.hintBytes = hintBytes;
    sketch.meanGapMillis = meanGapMillis;
    sketch.weather = weather;
    sketch.chaosMillis = chaosMillis;
    sketch.troubles = troubles;
    change.accept(sketch);
    return sketch.plan();
  }

  private static Set<Kind> destroying(Durability durability) {
    Set<Kind> kinds = EnumSet.copyOf(Kind.DESTROYS);
    if (durability == Durability.REPLICATED) {
      kinds.addAll(Kind.LOSES_POWER);
    }
    return kinds;
  }

  /** Whether some calls of the storage fail, so that errors inside nodes are to be expected. */
  public boolean disksFail() {
    return troubles.stream()
        .map(InjectedFault::kind)
        .anyMatch(
            kind ->
                Kind.DESTROYS.contains(kind)
                    || kind == Kind.STORAGE_THROWS
                    || kind == Kind.READ_ERROR_ONCE
                    || kind == Kind.ROT_OF_INDEX
                    || kind == Kind.FULL_DISK);
  }

  /** Whether the clocks of nodes disagree. */
  public boolean movesClocks() {
    return troubles.stream().anyMatch(trouble -> trouble.kind().movesClocks());
  }

  /** Whether some clock is moved so far that a write sent again is not recognised any more. */
  public boolean forgetsNames() {
    return troubles.stream()
        .anyMatch(
            trouble ->
                trouble.kind().movesClocks()
                    && Math.abs(trouble.amount()) > IdempotencyKey.WINDOW_MILLIS / 2);
  }

  /** Longest that the effect of a request may be late. */
  public long longestMillis() {
    long pauses =
        troubles.stream()
            .filter(trouble -> trouble.kind() == Kind.PAUSE)
            .mapToLong(InjectedFault::forMillis)
            .sum();
    return 10_000 + Math.min(60_000, pauses);
  }

  public BucketProperties properties() {
    return new BucketProperties(
        3,
        Quorum.QUORUM,
        Quorum.QUORUM,
        sloppy ? Quorum.ZERO : Quorum.QUORUM,
        sloppy ? Quorum.ZERO : Quorum.QUORUM,
        durability,
        2000,
        lastWriterWins ? Conflict.LWW : Conflict.SIBLINGS,
        0);
  }

  SimCluster.Options options() {
    NodeLimits usual = NodeLimits.DEFAULT;
    return SimCluster.Options.PLAIN
        .withDefaults(properties())
        .withWeather(weather)
        .withDisk(meanDiskNanos)
        .withMaintenance(SEGMENT_BYTES, SCRUB_NANOS)
        .withLimits(
            new NodeLimits(
                usual.requestsInFlight(),
                usual.callsInFlight(),
                usual.hedgeMillis(),
                hintBytes,
                usual.hintAgeMillis()));
  }

  /** As it is written in a test. */
  String source() {
    StringBuilder text = new StringBuilder("new SwarmPlan(\n        ");
    text.append(nodes).append(", ").append(keys).append(", ").append(coldKeys);
    text.append(", ").append(clients).append(", ");
    text.append(settled).append(", ").append(mixed).append(", ").append(sloppy).append(", ");
    text.append(lastWriterWins).append(", Durability.").append(durability).append(", ");
    text.append(InjectedFault.number(meanDiskNanos)).append(", ");
    text.append(InjectedFault.number(hintBytes)).append(", ");
    text.append(meanGapMillis).append(",\n        new NetworkFaults(");
    text.append(InjectedFault.number(weather.minDelayNanos())).append(", ");
    text.append(InjectedFault.number(weather.meanExtraDelayNanos())).append(", ");
    text.append(weather.loss()).append(", ").append(weather.duplicate()).append(", ");
    text.append(weather.reorder()).append(", ").append(weather.clog()).append(", ");
    text.append(InjectedFault.number(weather.clogNanos())).append(", ");
    text.append(weather.deliveredButBroken()).append("),\n        ");
    text.append(chaosMillis).append(",\n        List.of(");
    for (int i = 0; i < troubles.size(); i++) {
      text.append(i == 0 ? "\n            " : ",\n            ").append(troubles.get(i).source());
    }
    return text.append("))").toString();
  }

  /** A plan that is being written. */
  static final class Sketch {
    int nodes;
    int keys;
    int coldKeys;
    int clients;
    boolean settled;
    boolean mixed;
    boolean sloppy;
    boolean lastWriterWins;
    Durability durability = Durability.SYNCED;
    long meanDiskNanos;
    long hintBytes;
    long meanGapMillis;
    NetworkFaults weather = NetworkFaults.NONE;
    long chaosMillis;
    List<InjectedFault> troubles = List.of();

    private Sketch() {}

    /** Adds faults of these kinds, drawn from a seed. */
    void trouble(long seed, Kind... kinds) {
      List<InjectedFault> all = new ArrayList<>(troubles);
      all.addAll(FaultSchedule.draw(seed, nodes, chaosMillis, List.of(kinds)));
      all.sort(Comparator.comparingLong(InjectedFault::atMillis));
      troubles = all;
    }

    private SwarmPlan plan() {
      return new SwarmPlan(
          nodes,
          keys,
          coldKeys,
          clients,
          settled,
          mixed,
          sloppy,
          lastWriterWins,
          durability,
          meanDiskNanos,
          hintBytes,
          meanGapMillis,
          weather,
          chaosMillis,
          List.copyOf(troubles));
    }
  }
}
