package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import starling.gossip.cluster.GossipCodec;
import starling.node.config.HttpConfig;
import starling.node.config.NodeLimits;
import starling.node.port.Transport;
import starling.node.request.BucketProperties;
import starling.node.request.BucketProperties.Conflict;
import starling.node.request.Condition;
import starling.node.request.Quorum;
import starling.node.request.ReplicaReport;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.storage.Durability;
import starling.node.storage.StorageConfig;
import starling.node.version.Content;
import starling.node.version.Siblings;

/** Histories of sets that no frame carries, scaled down: a frame takes 4 KiB, a value 16. */
class ChunkHistoriesTest {
  private static final int FRAME_BYTES = 4 << 10;
  private static final int VALUE_BYTES = 16 << 10;
  private static final int NODES = 5;

  private static final NodeLimits LIMITS = NodeLimits.DEFAULT.withFrameBytes(FRAME_BYTES);

  private static final BucketProperties FIVE_REPLICAS = replicas(NODES);

  private static BucketProperties replicas(int n) {
    return new BucketProperties(
        n,
        Quorum.ONE,
        Quorum.ONE,
        Quorum.ZERO,
        Quorum.ZERO,
        Durability.SYNCED,
        3000,
        Conflict.SIBLINGS,
        0);
  }

  private static Content value(int seed) {
    byte[] bytes = new byte[VALUE_BYTES];
    new Random(seed).nextBytes(bytes);
    bytes[0] = (byte) seed;
    return Content.bytes(bytes, null, 0);
  }

  private static SimCluster cluster(long seed, BucketProperties properties) {
    return new SimCluster(
            seed,
            NODES,
            SimWiring.PLAIN,
            SimCluster.Options.PLAIN.withLimits(LIMITS).withDefaults(properties))
        .awaitReady();
  }

  private static long held(SimCluster cluster) {
    long held = 0;
    for (int i = 0; i < cluster.size(); i++) {
      held += cluster.node(i).statistics().waitingBytes();
    }
    return held;
  }

  /** How many siblings each primary of a key holds, and whether all hold the same. */
  private static void assertHeld(SimCluster cluster, String key, int primaries, int siblings) {
    ReplicaReport report = cluster.replicas(0, "b", key);
    Set<Long> hashes = new TreeSet<>();
    int found = 0;
    for (ReplicaReport.Holding holding : report.replicas()) {
      if (holding.primary()) {
        found++;
        Siblings held = holding.siblings();
        assertThat(held).as("what " + holding.node() + " holds").isNotNull();
        assertThat(held.siblings()).as("siblings at " + holding.node()).isEqualTo(siblings);
        hashes.add(held.hash());
      }
    }
    assertThat(found).isEqualTo(primaries);
    assertThat(hashes).hasSize(1);
  }

  private static void write(SimCluster cluster, int node, String key, Content value) {
    WriteOutcome[] outcome = {null};
    cluster.write(
        node, "b", key, value, "", Condition.NONE, RequestOptions.NONE, o -> outcome[0] = o);
    cluster.until("the write ends", 10_000, () -> outcome[0] != null);
    assertThat(outcome[0]).isInstanceOf(WriteOutcome.Written.class);
  }

  @Test
  void fiveSidesMergeOnAllReplicasThoughAConnectionBreaksHalfWay() {
    SimCluster cluster = cluster(91, FIVE_REPLICAS);
    for (int i = 0; i < NODES; i++) {
      cluster.isolate(i);
    }
    for (int i = 0; i < NODES; i++) {
      write(cluster, i, "k", value(i));
    }
    cluster.runFor(10_000);
    assertThat(held(cluster)).as("nothing waits on cut links").isZero();
    cluster.healAll();
    cluster.until("a set is half-way", 60_000, () -> held(cluster) > VALUE_BYTES);
    for (int i = 0; i < NODES; i++) {
      cluster.isolate(i);
    }
    cluster.healAll();
    cluster.until("what had come is given up", 1_000, () -> held(cluster) == 0);
    cluster.until("no node has missed anything", 240_000, () -> owedNowhere(cluster));
    assertHeld(cluster, "k", NODES, NODES);
    cluster.runFor(60_000);
    assertThat(held(cluster)).isZero();
    long chunked = 0;
    for (int i = 0; i < NODES; i++) {
      chunked += cluster.node(i).statistics().counters().chunked;
    }
    assertThat(chunked).isPositive();
  }

  /** Each try reads the set from the disk and sends all of it. */
  @Test
  void aSetThatNoReceiverHasMemoryForIsSentEverMoreSeldom() {
    NodeLimits.Memory usual = NodeLimits.Memory.DEFAULT;
    int bound = 5 << 19;
    NodeLimits.Memory little =
        new NodeLimits.Memory(
            usual.waiting(), usual.forwarded(), usual.reads(), usual.writes(), bound);
    SimCluster cluster =
        new SimCluster(
                95,
                3,
                SimWiring.PLAIN,
                SimCluster.Options.PLAIN
                    .withLimits(NodeLimits.DEFAULT.with(little))
                    .withDefaults(replicas(3)))
            .awaitReady();
    for (int i = 0; i < 3; i++) {
      cluster.isolate(i);
    }
    for (int i = 0; i < 3; i++) {
      write(cluster, i, "k", Content.bytes(new byte[(1 << 20) + i], null, 0));
    }
    cluster.runFor(10_000);
    cluster.healAll();
    cluster.runFor(60_000);
    long before = tooLarge(cluster);
    assertThat(before).isPositive();
    cluster.runFor(600_000);
    assertThat(tooLarge(cluster) - before).as("tries in ten minutes").isBetween(1L, 120L);
    assertThat(owedNowhere(cluster)).isFalse();
    write(cluster, 0, "small", Content.bytes(new byte[9], null, 0));
    cluster.until("other keys are merged", 5_000, () -> holds(cluster, "small", 3));
  }

  private static long tooLarge(SimCluster cluster) {
    long sets = 0;
    for (int i = 0; i < cluster.size(); i++) {
      sets += cluster.node(i).statistics().counters().setsTooLarge;
    }
    return sets;
  }

  private static boolean holds(SimCluster cluster, String key, int primaries) {
    return cluster.replicas(0, "b", key).replicas().stream()
            .filter(each -> each.siblings() != null && each.siblings().siblings() == 1)
            .count()
        == primaries;
  }

  @Test
  void aHintThatNoFrameCarriesIsDelivered() {
    SimCluster cluster = cluster(92, BucketProperties.DEFAULT);
    int away = cluster.primaries("b", "k").get(1);
    int writer = cluster.primaries("b", "k").get(0);
    cluster.crash(away);
    cluster.runFor(20_000);
    write(cluster, writer, "k", value(1));
    write(cluster, writer, "k", value(2));
    cluster.until("a fallback keeps it", 20_000, () -> hints(cluster) == 1);
    cluster.restart(away);
    cluster.awaitReady();
    cluster.until("the hint is delivered", 120_000, () -> hints(cluster) == 0);
    assertHeld(cluster, "k", 3, 2);
    assertThat(held(cluster)).isZero();
  }

  @Test
  void valuesAroundTheLengthOfAFrameReachAllReplicas() {
    SimCluster cluster = cluster(93, BucketProperties.DEFAULT);
    long chunked = cluster.node(0).statistics().counters().chunked;
    for (int bytes = FRAME_BYTES - 300; bytes <= FRAME_BYTES + 20; bytes += 8) {
      String key = "k" + bytes;
      write(cluster, 0, key, Content.bytes(new byte[bytes], null, 0));
      cluster.runFor(200);
      assertHeld(cluster, key, 3, 1);
    }
    assertThat(cluster.node(0).statistics().counters().chunked).isGreaterThan(chunked);
    assertThat(held(cluster)).isZero();
    assertThat(hints(cluster)).isZero();
  }

  /** The chain of limits: what one admits, the next one carries. */
  @Test
  void everyLimitIsBelowTheLimitsBehindIt() {
    int record = HttpConfig.LARGEST_VALUE + (64 << 10);
    assertThat(NodeLimits.DEFAULT.frameBytes()).isLessThan(Transport.MAX_FRAME_BYTES / 2);
    assertThat(GossipCodec.MAX_MESSAGE_BYTES).isLessThan(Transport.MAX_FRAME_BYTES - 1024);
    assertThat(cluster(94, BucketProperties.DEFAULT).node(0).statistics().waitingBytesLimit())
        .isGreaterThan(record);
    StorageConfig log = StorageConfig.of(new UUID(1, 2), "boot");
    assertThat((long) log.maxRecordBytes()).isGreaterThan(record);
    assertThat(NodeLimits.DEFAULT.hintBytes()).isGreaterThan(record);
  }

  private static long hints(SimCluster cluster) {
    long hints = 0;
    for (int i = 0; i < NODES; i++) {
      hints += cluster.up(i) ? cluster.node(i).statistics().hintsHeld() : 0;
    }
    return hints;
  }

  private static boolean owedNowhere(SimCluster cluster) {
    for (int i = 0; i < cluster.size(); i++) {
      if (cluster.node(i).statistics().debts() > 0) {
        return false;
      }
    }
    return true;
  }
}
