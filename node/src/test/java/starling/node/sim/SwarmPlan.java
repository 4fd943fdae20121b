package starling.node.sim;

import starling.node.coordinator.BucketProperties;
import starling.node.coordinator.BucketProperties.Conflict;
import starling.node.coordinator.Quorum;
import starling.node.storage.Durability;
import starling.sim.Faults;
import starling.sim.SplitMix;

/**
 * What one seed will be like. Each kind of trouble is on or off, so that some runs are about one
 * kind alone: a fault that is always on hides what another would have shown.
 *
 * @param settled whether the cluster comes together before trouble begins
 * @param mixed whether requests draw their own quorums; else all use the bucket's
 */
record SwarmPlan(
    int nodes,
    int keys,
    int clients,
    boolean settled,
    boolean mixed,
    boolean lastWriterWins,
    Durability durability,
    boolean crashes,
    boolean powerLosses,
    boolean allAtOnce,
    boolean cuts,
    boolean skews,
    long meanDiskNanos,
    Faults weather,
    long chaosMillis) {

  /** A fast disk, a slow one, and one that makes everybody wait. */
  private static final long[] DISKS = {400_000, 5_000_000, 40_000_000};

  static SwarmPlan draw(long seed) {
    SplitMix chance = SplitMix.named(seed, "plan");
    boolean powerLosses = chance.chance(0.4);
    boolean synced = chance.chance(0.6);
    return new SwarmPlan(
        chance.chance(0.7) ? 3 : 5,
        chance.nextInt(1, 5),
        chance.nextInt(2, 6),
        chance.chance(0.75),
        chance.chance(0.3),
        chance.chance(0.2),
        // A loss of power may take what was only replicated, and no checker could tell that from a
        // bug: those histories have tests of their own.
        powerLosses || synced ? Durability.SYNCED : Durability.REPLICATED,
        chance.chance(0.6),
        powerLosses,
        chance.chance(0.3),
        chance.chance(0.6),
        chance.chance(0.5),
        DISKS[chance.nextInt(DISKS.length)],
        weather(chance),
        20_000);
  }

  /** The network's own faults, gentler than gossip's: requests must get through now and then. */
  private static Faults weather(SplitMix chance) {
    Faults drawn = Faults.swarm(chance);
    double gentle = chance.nextDouble() * 0.03;
    return drawn.withLoss(drawn.loss() == 0 ? 0 : gentle);
  }

  SwarmPlan withQuorumsThatMeet() {
    return new SwarmPlan(
        nodes,
        keys,
        clients,
        settled,
        false,
        lastWriterWins,
        durability,
        crashes,
        powerLosses,
        allAtOnce,
        cuts,
        skews,
        meanDiskNanos,
        weather,
        chaosMillis);
  }

  SwarmPlan withLastWriterWins() {
    return new SwarmPlan(
        nodes,
        keys,
        clients,
        settled,
        mixed,
        true,
        durability,
        crashes,
        powerLosses,
        allAtOnce,
        cuts,
        skews,
        meanDiskNanos,
        weather,
        chaosMillis);
  }

  SwarmPlan withNodes(int count) {
    return new SwarmPlan(
        count,
        keys,
        clients,
        settled,
        mixed,
        lastWriterWins,
        durability,
        crashes,
        powerLosses,
        allAtOnce,
        cuts,
        skews,
        meanDiskNanos,
        weather,
        chaosMillis);
  }

  SwarmPlan withPowerLosses() {
    return new SwarmPlan(
        nodes,
        keys,
        clients,
        settled,
        mixed,
        lastWriterWins,
        Durability.SYNCED,
        crashes,
        true,
        true,
        cuts,
        skews,
        meanDiskNanos,
        weather,
        chaosMillis);
  }

  /** Whether any two writes, and any read and write, meet in some replica. */
  boolean quorumsMeet() {
    return !mixed && !sloppy();
  }

  /**
   * Whether fallbacks count to quorums: only where there are some, and then in half of the runs.
   */
  boolean sloppy() {
    return nodes > 3 && clients % 2 == 0;
  }

  BucketProperties properties() {
    return new BucketProperties(
        3,
        Quorum.QUORUM,
        Quorum.QUORUM,
        sloppy() || mixed ? Quorum.ZERO : Quorum.QUORUM,
        sloppy() || mixed ? Quorum.ZERO : Quorum.QUORUM,
        durability,
        2000,
        lastWriterWins ? Conflict.LWW : Conflict.SIBLINGS,
        0);
  }

  SimCluster.Options options() {
    return SimCluster.Options.PLAIN
        .withDefaults(properties())
        .withWeather(weather)
        .withDisk(meanDiskNanos);
  }
}
