package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import starling.node.request.Quorum;
import starling.node.request.ReadOutcome;
import starling.node.request.Rejection;
import starling.node.request.ReplicaReport;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.sim.workload.Workload;
import starling.wire.ProblemKind;

/** Which nodes a request needs, wherever it is sent. */
class CoordinationTest {
  private static final RequestOptions R_ONE =
      new RequestOptions(Quorum.ONE, null, null, null, null, null);
  private static final RequestOptions PR_TWO =
      new RequestOptions(null, null, Quorum.of(2), null, null, null);
  private static final RequestOptions PW_TWO =
      new RequestOptions(null, null, null, Quorum.of(2), null, null);

  private final SimCluster cluster = new SimCluster(97, 5).awaitReady();
  private final List<Integer> primaries = cluster.primaries("b", "k");
  private final int outsider = cluster.others(primaries).get(0);

  private void write(int node) {
    assertThat(cluster.put(node, "b", "k", "1", "")).isInstanceOf(WriteOutcome.Written.class);
  }

  private long forwarded(int node) {
    return cluster.node(node).statistics().counters().handedOn;
  }

  private long holders() {
    return cluster.replicas(primaries.get(0), "b", "k").replicas().stream()
        .map(ReplicaReport.Holding::siblings)
        .filter(held -> held != null && !held.isEmpty())
        .count();
  }

  @Test
  void aNodeThatIsNoPrimaryForwardsAWriteToOne() {
    write(outsider);
    assertThat(forwarded(outsider)).isEqualTo(1);
    cluster.runFor(1_000);
    assertThat(holders()).as("the primaries").isEqualTo(3);
    assertThat(cluster.node(outsider).statistics().counters().writes).isZero();
  }

  @Test
  void aPrimaryForwardsNoWrite() {
    for (int primary : primaries) {
      assertThat(cluster.put(primary, "b", "k", "1", null))
          .isInstanceOf(WriteOutcome.Written.class);
      assertThat(forwarded(primary)).isZero();
    }
  }

  @Test
  void aPrimaryThatIsSilentForAMomentIsPassedOver() {
    cluster.isolate(primaries.get(0));
    cluster.isolate(primaries.get(1));
    // Neither was heard just now, and neither is suspected yet: each is asked before it is
    // forwarded to.
    cluster.runFor(1_000);
    write(outsider);
    assertThat(Workload.shown(cluster.get(outsider, "b", "k"))).containsExactly(1);
  }

  @Test
  void aWriteThatNeedsPrimariesIsRejectedWithoutThem() {
    cluster.crash(primaries.get(0));
    cluster.crash(primaries.get(1));
    cluster.runFor(20_000);
    WriteOutcome outcome = cluster.put(outsider, "b", "k", "1", "", PW_TWO);
    assertThat(outcome)
        .isInstanceOfSatisfying(
            WriteOutcome.Rejected.class,
            rejected -> {
              assertThat(rejected.rejection().kind()).isEqualTo(ProblemKind.UNAVAILABLE);
              assertThat(rejected.rejection().required()).isEqualTo(2);
              assertThat(rejected.rejection().outcome()).isEqualTo(Rejection.Outcome.NONE);
              assertThat(rejected.rejection().detail()).contains("1 of the key's 3 primaries");
            });
    write(outsider);
  }

  @Test
  void aReadThatNeedsPrimariesIsRejectedWithoutThem() {
    write(outsider);
    cluster.runFor(1_000);
    cluster.crash(primaries.get(0));
    cluster.crash(primaries.get(1));
    cluster.runFor(20_000);
    assertThat(cluster.get(outsider, "b", "k", null, PR_TWO))
        .isInstanceOfSatisfying(
            ReadOutcome.Rejected.class,
            rejected -> {
              assertThat(rejected.rejection().kind()).isEqualTo(ProblemKind.UNAVAILABLE);
              assertThat(rejected.rejection().required()).isEqualTo(2);
              assertThat(rejected.rejection().detail()).contains("1 of the key's 3 primaries");
            });
    assertThat(Workload.shown(cluster.get(outsider, "b", "k", null, R_ONE))).containsExactly(1);
  }

  @Test
  void aKeyThatNoNodeHoldsWasNeverWritten() {
    assertThat(cluster.get(outsider, "b", "k")).isEqualTo(new ReadOutcome.Missing(false, ""));
    assertThat(cluster.delete(outsider, "b", "k", "")).isInstanceOf(WriteOutcome.Written.class);
    assertThat(cluster.get(outsider, "b", "k"))
        .isInstanceOfSatisfying(
            ReadOutcome.Missing.class, missing -> assertThat(missing.deleted()).isTrue());
  }
}
