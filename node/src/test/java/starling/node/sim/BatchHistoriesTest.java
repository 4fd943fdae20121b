package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import starling.node.config.NodeLimits;
import starling.node.request.BatchRequest;
import starling.node.request.BatchRequest.Change;
import starling.node.request.BatchRequest.Get;
import starling.node.request.BatchRequest.Operation;
import starling.node.request.Quorum;
import starling.node.request.ReadOutcome;
import starling.node.request.Rejection;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.sim.workload.Workload;
import starling.node.version.Content;
import starling.wire.ProblemKind;

/** Batches in a whole cluster: order, deadline, bounds. */
class BatchHistoriesTest {
  private static final RequestOptions SECOND =
      new RequestOptions(null, null, null, null, 1_000, null);
  private static final RequestOptions ALONE =
      new RequestOptions(Quorum.ONE, null, null, null, null, null);

  /** The results of one batch, as they come. */
  private static final class Results implements BatchRequest.Listener {
    private final Object[] outcomes;
    private final SimCluster cluster;
    private final Map<Long, Integer> byTime = new TreeMap<>();
    private boolean ended;
    private int most;

    Results(SimCluster cluster, int operations) {
      this.cluster = cluster;
      this.outcomes = new Object[operations];
    }

    @Override
    public void onRead(int index, ReadOutcome outcome) {
      add(index, outcome);
    }

    @Override
    public void onWrite(int index, WriteOutcome outcome) {
      add(index, outcome);
    }

    private void add(int index, Object outcome) {
      assertThat(ended).isFalse();
      assertThat(outcomes[index]).isNull();
      outcomes[index] = outcome;
      byTime.merge(cluster.sim().nanoTime(), 1, Integer::sum);
    }

    @Override
    public void onEnd() {
      assertThat(ended).isFalse();
      ended = true;
    }

    List<ProblemKind> rejections() {
      List<ProblemKind> kinds = new ArrayList<>();
      for (Object outcome : outcomes) {
        Rejection rejection =
            outcome instanceof ReadOutcome.Rejected read
                ? read.rejection()
                : outcome instanceof WriteOutcome.Rejected write ? write.rejection() : null;
        if (rejection != null) {
          kinds.add(rejection.kind());
        }
      }
      return kinds;
    }
  }

  private static Get get(String key) {
    return new Get(SimCluster.bytes(key), null);
  }

  private static Change put(String key, String value) {
    return new Change(SimCluster.bytes(key), Content.json(SimCluster.bytes(value)), null, null);
  }

  private static Results execute(
      SimCluster cluster, int node, RequestOptions options, List<Operation> operations) {
    Results results = new Results(cluster, operations.size());
    BatchRequest request = new BatchRequest("batch", "b", options, operations);
    cluster.home(node).process().outside(() -> cluster.node(node).batch(request, results));
    cluster.until(
        "the batch has ended",
        30_000,
        () -> {
          results.most = Math.max(results.most, cluster.node(node).statistics().requestsInFlight());
          return results.ended;
        });
    assertThat(Arrays.asList(results.outcomes)).doesNotContainNull();
    return results;
  }

  @Test
  void operationsOnOneKeyAreExecutedInTheirOrder() {
    SimCluster cluster = new SimCluster(501, 5).awaitReady();
    int outsider = cluster.others(cluster.primaries("b", "k")).get(0);
    List<Operation> operations = new ArrayList<>();
    for (int i = 1; i <= 20; i++) {
      operations.add(put("k", "" + i));
      operations.add(put("other" + i, "" + i));
    }
    operations.add(get("k"));
    Results results = execute(cluster, outsider, RequestOptions.NONE, operations);
    assertThat(results.rejections()).isEmpty();
    assertThat(Workload.shown((ReadOutcome) results.outcomes[40])).isEqualTo(Set.of(20));
    assertThat(Workload.shown(cluster.get(0, "b", "other7"))).isEqualTo(Set.of(7));
  }

  @Test
  void anOperationThatFailsLetsTheNextOnItsKeyBegin() {
    SimCluster cluster = new SimCluster(502, 3).awaitReady();
    Change bad =
        new Change(SimCluster.bytes("k"), Content.json(SimCluster.bytes("1")), "AAAA", null);
    Results results =
        execute(cluster, 0, RequestOptions.NONE, List.of(bad, put("k", "2"), get("k")));
    assertThat(results.rejections()).containsExactly(ProblemKind.BAD_CONTEXT);
    assertThat(Workload.shown((ReadOutcome) results.outcomes[2])).isEqualTo(Set.of(2));
  }

  @Test
  void allOperationsShareOneDeadline() {
    SimCluster cluster = new SimCluster(503, 3).awaitReady();
    List<Operation> operations = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      operations.add(get("k" + i));
    }
    cluster.isolate(0);
    long begun = cluster.sim().nanoTime();
    Results results = execute(cluster, 0, SECOND, operations);
    assertThat(cluster.sim().nanoTime() - begun).isBetween(900_000_000L, 1_200_000_000L);
    assertThat(results.rejections()).hasSize(300).containsOnly(ProblemKind.TIMEOUT);
    String last = ((ReadOutcome.Rejected) results.outcomes[299]).rejection().detail();
    assertThat(last).contains("nothing was sent");
  }

  @Test
  void aLargeBatchHasFewOperationsUnderWay() {
    SimCluster cluster = new SimCluster(504, 3).awaitReady();
    List<Operation> operations = new ArrayList<>();
    IntStream.range(0, 1_000).forEach(i -> operations.add(put("k" + i, "" + i)));
    Results results = execute(cluster, 0, RequestOptions.NONE, operations);
    assertThat(results.rejections()).isEmpty();
    assertThat(results.most).isBetween(2, 64);
  }

  @Test
  void aBatchOfReadsThatNeedNoPeerLeavesOtherWorkItsTurn() {
    SimCluster cluster = new SimCluster(505, 3).awaitReady();
    List<Operation> operations = new ArrayList<>();
    IntStream.range(0, 1_000).forEach(i -> operations.add(get("k" + i)));
    Results results = execute(cluster, 0, ALONE, operations);
    assertThat(results.rejections()).isEmpty();
    assertThat(results.byTime.values()).allMatch(ended -> ended <= 64);
  }

  @Test
  void aBatchWaitsForItsOwnOperationsWhereAdmissionControlWouldRejectThem() {
    NodeLimits limits = new NodeLimits(3, 1 << 16, 50, 1 << 20, 3_600_000);
    SimCluster cluster =
        new SimCluster(506, 3, SimWiring.PLAIN, SimCluster.Options.PLAIN.withLimits(limits))
            .awaitReady();
    List<Operation> operations = new ArrayList<>();
    IntStream.range(0, 50).forEach(i -> operations.add(put("k" + i, "" + i)));
    Results results = execute(cluster, 0, RequestOptions.NONE, operations);
    assertThat(results.rejections()).isEmpty();
    assertThat(results.most).isLessThanOrEqualTo(3);
  }

  @Test
  void aNodeThatIsFullOfOtherRequestsRejectsTheOperations() {
    NodeLimits limits = new NodeLimits(3, 1 << 16, 50, 1 << 20, 3_600_000);
    SimCluster cluster =
        new SimCluster(507, 3, SimWiring.PLAIN, SimCluster.Options.PLAIN.withLimits(limits))
            .awaitReady();
    for (int i = 0; i < 3; i++) {
      cluster.read(0, "b", "k", null, RequestOptions.NONE, outcome -> {});
    }
    Results results = execute(cluster, 0, RequestOptions.NONE, List.of(put("k", "1")));
    assertThat(results.rejections()).containsExactly(ProblemKind.OVERLOADED);
  }

  @Test
  void anEmptyBatchEnds() {
    SimCluster cluster = new SimCluster(508, 3).awaitReady();
    execute(cluster, 0, RequestOptions.NONE, List.of());
  }
}
