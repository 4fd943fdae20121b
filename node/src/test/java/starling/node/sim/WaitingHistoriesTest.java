package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import starling.node.Node;
import starling.node.config.NodeLimits;
import starling.node.request.BucketProperties;
import starling.node.request.BucketProperties.Conflict;
import starling.node.request.Condition;
import starling.node.request.Quorum;
import starling.node.request.Rejection;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.sim.fault.BrokenStorage;
import starling.node.storage.Durability;
import starling.node.storage.Storage;
import starling.node.version.Content;
import starling.wire.ProblemKind;

/** What waits behind a disk that answers nothing. */
class WaitingHistoriesTest {
  private static final int VALUE_BYTES = 128 << 10;
  private static final int BATCH = 50;
  private static final long MAX_BYTES = 128L << 20;
  private static final RequestOptions SHORT = new RequestOptions(null, null, null, null, 500, null);

  /** Each key has one replica, so that no other node can take its writes. */
  private static final BucketProperties ONE_REPLICA =
      new BucketProperties(
          1,
          Quorum.QUORUM,
          Quorum.QUORUM,
          Quorum.ZERO,
          Quorum.ZERO,
          Durability.SYNCED,
          3000,
          Conflict.SIBLINGS,
          0);

  @Test
  void writesBehindAReadThatHangsAreBoundedAnsweredAndServedLater() {
    List<BrokenStorage.HangsReads> disks = new ArrayList<>();
    SimWiring wiring =
        new SimWiring() {
          @Override
          public Storage storage(SimProcess process, Storage log) {
            disks.add(new BrokenStorage.HangsReads(log));
            return disks.get(disks.size() - 1);
          }
        };
    NodeLimits limits = new NodeLimits(1 << 14, 1 << 14, 50, 1 << 20, 20_000);
    SimCluster cluster =
        new SimCluster(
                81,
                3,
                wiring,
                SimCluster.Options.PLAIN.withLimits(limits).withDefaults(ONE_REPLICA))
            .awaitReady();
    int replica = cluster.primaries("b", "k").get(0);
    cluster.put(replica, "b", "k", "1", "");
    Node node = cluster.node(replica);
    disks.get(replica).hang();
    Content value = Content.bytes(new byte[VALUE_BYTES], null, 0);
    int sent = 0;
    int overloaded = 0;
    for (int batch = 0; batch < 40; batch++) {
      List<WriteOutcome> answers = new ArrayList<>();
      for (int i = 0; i < BATCH; i++) {
        sent++;
        cluster.write(replica, "b", "k", value, "", Condition.NONE, SHORT, answers::add);
      }
      cluster.runFor(700);
      assertThat(answers).as("all are answered at their deadline").hasSize(BATCH);
      for (WriteOutcome answer : answers) {
        Rejection refusal = ((WriteOutcome.Rejected) answer).rejection();
        assertThat(refusal.outcome()).isEqualTo(Rejection.Outcome.NONE);
        overloaded += refusal.kind() == ProblemKind.OVERLOADED ? 1 : 0;
      }
      assertThat(node.statistics().waitingBytes()).isLessThanOrEqualTo(MAX_BYTES);
    }
    assertThat(node.statistics().waitingBytes()).isGreaterThan(MAX_BYTES - 2 * VALUE_BYTES);
    assertThat(overloaded).isGreaterThan(sent / 3);
    disks.get(replica).recover();
    cluster.runFor(1_000);
    assertThat(node.statistics().waitingBytes()).isZero();
    assertThat(cluster.put(replica, "b", "k", "2", "")).isInstanceOf(WriteOutcome.Written.class);
  }
}
