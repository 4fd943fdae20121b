package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import starling.node.Node;
import starling.node.config.NodeLimits;
import starling.node.peer.Tampering;
import starling.node.request.Condition;
import starling.node.request.ReadOutcome;
import starling.node.request.Rejection;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.node.version.Content;
import starling.sim.NetworkFaults;
import starling.wire.ProblemKind;

/** Histories in which a node is asked for more than it can do, and says so before it tries. */
class OverloadHistoriesTest {
  private static final int MORE_THAN_ARE_TAKEN = 20_000;
  private static final RequestOptions HURRY = new RequestOptions(null, null, null, null, 20, null);

  private static List<Rejection> refusals(List<ReadOutcome> outcomes) {
    List<Rejection> refusals = new ArrayList<>();
    for (ReadOutcome outcome : outcomes) {
      if (outcome instanceof ReadOutcome.Rejected refused) {
        refusals.add(refused.rejection());
      }
    }
    return refusals;
  }

  @Test
  void beyondTheBoundRequestsAreRefusedAtOnceAndNothingIsWritten() {
    NodeLimits limits = new NodeLimits(3, 1 << 16, 50, 1 << 20, 3_600_000);
    SimCluster cluster =
        new SimCluster(21, 3, SimWiring.PLAIN, SimCluster.Options.PLAIN.withLimits(limits))
            .awaitReady();
    List<ReadOutcome> reads = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      cluster.read(0, "b", "k", null, RequestOptions.NONE, reads::add);
    }
    List<WriteOutcome> writes = new ArrayList<>();
    Content content = Content.json(SimCluster.bytes("1"));
    cluster.write(0, "b", "k", content, null, Condition.NONE, RequestOptions.NONE, writes::add);
    assertThat(writes).hasSize(1);
    Rejection refusal = ((WriteOutcome.Rejected) writes.get(0)).rejection();
    assertThat(refusal.kind()).isEqualTo(ProblemKind.OVERLOADED);
    assertThat(refusal.outcome()).isEqualTo(Rejection.Outcome.NONE);
    assertThat(refusal.acknowledged()).isEmpty();
    cluster.until("the reads are answered", 5_000, () -> reads.size() == 3);
    assertThat(reads).allMatch(read -> read instanceof ReadOutcome.Missing);
    assertThat(cluster.get(1, "b", "k")).isInstanceOf(ReadOutcome.Missing.class);
  }

  @Test
  void aNodeThatHoldsTooManyBytesOfValuesRefusesReadsAndWrites() {
    NodeLimits.Memory usual = NodeLimits.Memory.DEFAULT;
    NodeLimits limits =
        NodeLimits.DEFAULT.with(
            new NodeLimits.Memory(usual.waiting(), usual.forwarded(), 3_000, 3_000));
    SimCluster cluster =
        new SimCluster(24, 3, SimWiring.PLAIN, SimCluster.Options.PLAIN.withLimits(limits))
            .awaitReady();
    Content large = Content.json(SimCluster.bytes("\"" + "x".repeat(2_500) + "\""));
    List<WriteOutcome> writes = new ArrayList<>();
    cluster.write(0, "b", "k", large, null, Condition.NONE, RequestOptions.NONE, writes::add);
    // The other primaries are asked to coordinate it, and hold no more.
    cluster.until("it is answered", 5_000, () -> !writes.isEmpty());
    assertThat(writes).singleElement().isInstanceOf(WriteOutcome.Rejected.class);
    Rejection refusal = ((WriteOutcome.Rejected) writes.get(0)).rejection();
    assertThat(refusal.kind()).isEqualTo(ProblemKind.OVERLOADED);
    assertThat(refusal.outcome()).isEqualTo(Rejection.Outcome.NONE);
    Content small = Content.json(SimCluster.bytes("\"" + "x".repeat(1_500) + "\""));
    for (int i = 0; i < 5; i++) {
      // What the first held was given back.
      List<WriteOutcome> more = new ArrayList<>();
      cluster.write(0, "b", "k" + i, small, "", Condition.NONE, RequestOptions.NONE, more::add);
      cluster.until("it is written", 5_000, () -> !more.isEmpty());
      assertThat(more).singleElement().isInstanceOf(WriteOutcome.Written.class);
    }
    List<ReadOutcome> reads = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      cluster.read(0, "b", "k" + i, null, RequestOptions.NONE, reads::add);
    }
    cluster.until("they are answered", 5_000, () -> reads.size() == 5);
    assertThat(refusals(reads))
        .isNotEmpty()
        .hasSizeLessThan(5)
        .allMatch(each -> each.kind() == ProblemKind.OVERLOADED);
    assertThat(cluster.get(0, "b", "k1")).isInstanceOf(ReadOutcome.Found.class);
  }

  @Test
  void aWriteThatWaitsForItsLastReplicaMakesRoomForTheNext() {
    NodeLimits.Memory usual = NodeLimits.Memory.DEFAULT;
    NodeLimits limits =
        NodeLimits.DEFAULT.with(
            new NodeLimits.Memory(usual.waiting(), usual.forwarded(), usual.reads(), 4_000));
    SimCluster cluster =
        new SimCluster(25, 3, SimWiring.PLAIN, SimCluster.Options.PLAIN.withLimits(limits))
            .awaitReady();
    cluster.home(2).slowDisk(10_000);
    Content content = Content.json(SimCluster.bytes("\"" + "x".repeat(1_500) + "\""));
    for (int i = 0; i < 20; i++) {
      List<WriteOutcome> written = new ArrayList<>();
      cluster.write(
          0, "b", "k" + i, content, "", Condition.NONE, RequestOptions.NONE, written::add);
      cluster.until("it is written", 2_000, () -> !written.isEmpty());
      assertThat(written).singleElement().isInstanceOf(WriteOutcome.Written.class);
    }
  }

  @Test
  void aRequestThatCouldOnlyBeAnsweredTooLateIsRefusedAtOnce() {
    SimCluster cluster = new SimCluster(22, 3).awaitReady();
    cluster.network().faults(NetworkFaults.NONE.withDelay(40_000_000, 1_000_000));
    for (int i = 0; i < 200; i++) {
      cluster.get(0, "b", "k" + i);
    }
    List<ReadOutcome> patient = new ArrayList<>();
    for (int i = 0; i < 80; i++) {
      cluster.read(0, "b", "k" + i, null, RequestOptions.NONE, patient::add);
    }
    List<ReadOutcome> hurried = new ArrayList<>();
    cluster.read(0, "b", "k", null, HURRY, hurried::add);
    assertThat(refusals(hurried))
        .singleElement()
        .satisfies(
            refusal -> {
              assertThat(refusal.kind()).isEqualTo(ProblemKind.OVERLOADED);
              assertThat(refusal.outcome()).isEqualTo(Rejection.Outcome.NONE);
            });
    assertThat(cluster.node(0).statistics().counters().refusedAsTooLate).isEqualTo(1);
    cluster.until("the others are answered", 5_000, () -> patient.size() == 80);
    assertThat(refusals(patient)).isEmpty();
  }

  @Test
  void writesThatOthersHandOnAreBoundedAsThoseOfClientsAre() {
    int most = 3;
    NodeLimits limits = new NodeLimits(most, 1 << 16, 50, 1 << 20, 3_600_000);
    SimCluster cluster =
        new SimCluster(23, 8, SimWiring.PLAIN, SimCluster.Options.PLAIN.withLimits(limits))
            .awaitReady();
    Set<String> primaries = new TreeSet<>();
    cluster.replicas(0, "b", "k").replicas().forEach(holding -> primaries.add(holding.node()));
    assertThat(primaries).hasSize(3);
    List<WriteOutcome> outcomes = new ArrayList<>();
    Set<String> written = new TreeSet<>();
    int asked = 0;
    for (int i = 0; i < cluster.size(); i++) {
      if (primaries.contains(cluster.home(i).name)) {
        cluster.home(i).slowDisk(100);
        continue;
      }
      for (int j = 0; j < most; j++) {
        String value = "\"" + asked++ + "\"";
        cluster.write(
            i,
            "b",
            "k",
            Content.json(SimCluster.bytes(value)),
            "",
            Condition.NONE,
            RequestOptions.NONE,
            outcome -> {
              outcomes.add(outcome);
              if (outcome instanceof WriteOutcome.Written) {
                written.add(value);
              }
            });
      }
    }
    int all = asked;
    int[] peak = {0};
    cluster.until(
        "all are answered",
        10_000,
        () -> {
          for (int i = 0; i < cluster.size(); i++) {
            peak[0] = Math.max(peak[0], cluster.node(i).statistics().requestsInFlight());
          }
          return outcomes.size() == all;
        });
    assertThat(peak[0]).isEqualTo(most);
    assertThat(written.size()).isBetween(most, all - 1);
    for (WriteOutcome outcome : outcomes) {
      if (outcome instanceof WriteOutcome.Rejected refused) {
        assertThat(refused.rejection().kind()).isEqualTo(ProblemKind.OVERLOADED);
        assertThat(refused.rejection().outcome()).isEqualTo(Rejection.Outcome.NONE);
      }
    }
    cluster.runFor(5_000);
    Set<String> found = new TreeSet<>();
    ((ReadOutcome.Found) cluster.get(0, "b", "k"))
        .values()
        .forEach(version -> found.add(SimCluster.text(version.content().bytes())));
    assertThat(found).isEqualTo(written);
    for (int i = 0; i < cluster.size(); i++) {
      assertThat(cluster.node(i).statistics().requestsInFlight()).isZero();
      assertThat(cluster.node(i).statistics().hintsHeld()).as("no node was down").isZero();
    }
  }

  @Test
  void questionsOfOtherNodesAreBoundedWhateverTheyAskAndTheirPlacesAreGivenBack() {
    SimCluster cluster = new SimCluster(24, 3).awaitReady();
    Node node = cluster.node(0);
    UUID asker = cluster.home(1).id;
    byte[] asks = Tampering.asksForKeys(node, 0);
    byte[] nonsense = Tampering.bringsNonsense(node, "b", "k");
    long malformed = node.statistics().counters().malformed;
    for (int i = 0; i < MORE_THAN_ARE_TAKEN; i++) {
      node.onMessage(asker, nonsense);
    }
    // Each was begun, was declined for what it is, and gave its place back.
    assertThat(node.statistics().counters().malformed - malformed).isEqualTo(MORE_THAN_ARE_TAKEN);
    long declined = node.statistics().counters().declined;
    for (int i = 0; i < MORE_THAN_ARE_TAKEN; i++) {
      node.onMessage(asker, asks);
    }
    assertThat(node.statistics().counters().declined - declined)
        .isBetween(1L, MORE_THAN_ARE_TAKEN / 2L);
    cluster.runFor(1_000);
    declined = node.statistics().counters().declined;
    for (int i = 0; i < 100; i++) {
      node.onMessage(asker, asks);
    }
    assertThat(node.statistics().counters().declined).isEqualTo(declined);
  }

  @Test
  void theBytesOfWritesThatOthersHandOnAreBoundedToo() {
    SimCluster cluster = new SimCluster(25, 3).awaitReady();
    cluster.isolate(0);
    Node node = cluster.node(0);
    UUID asker = cluster.home(1).id;
    Content content = Content.bytes(new byte[32 << 20], null, 0);
    long declined = node.statistics().counters().declined;
    for (int i = 0; i < 5; i++) {
      WriteRequest request =
          cluster.request("b", "k" + i, content, null, Condition.NONE, RequestOptions.NONE, null);
      node.onMessage(asker, Tampering.handsOn(node, i + 1, request));
    }
    assertThat(node.statistics().requestsInFlight()).isEqualTo(4);
    assertThat(node.statistics().counters().declined - declined).isEqualTo(1);
    cluster.runFor(5_000);
    assertThat(node.statistics().requestsInFlight()).isZero();
    WriteRequest request =
        cluster.request("b", "k", content, null, Condition.NONE, RequestOptions.NONE, null);
    node.onMessage(asker, Tampering.handsOn(node, 9, request));
    assertThat(node.statistics().requestsInFlight()).isEqualTo(1);
  }
}
