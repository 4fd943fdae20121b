package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import starling.node.request.Condition;
import starling.node.request.ReadOutcome;
import starling.node.request.ReplicaReport;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.node.version.Content;
import starling.node.version.Dot;
import starling.node.version.IdempotencyKey;
import starling.node.version.Version;
import starling.wire.ProblemKind;

/** Histories of one key that is written under an idempotency key, and written again. */
class RetriedWrites {
  static final IdempotencyKey NAME = new IdempotencyKey(1, 2, 3);

  List<Integer> primaries = List.of();
  List<Integer> others = List.of();
  int requests;

  SimCluster cluster(long seed) {
    return cluster(seed, SimCluster.Options.PLAIN);
  }

  SimCluster cluster(long seed, SimCluster.Options options) {
    return cluster(seed, 5, options);
  }

  SimCluster cluster(long seed, int size, SimCluster.Options options) {
    SimCluster cluster = new SimCluster(seed, size, SimWiring.PLAIN, options).awaitReady();
    primaries = cluster.primaries("b", "k");
    others = cluster.others(primaries);
    return cluster;
  }

  List<WriteOutcome> send(
      SimCluster cluster,
      int node,
      Content content,
      @Nullable String context,
      Condition condition,
      @Nullable IdempotencyKey name) {
    List<WriteOutcome> answers = new ArrayList<>();
    cluster
        .node(node)
        .write(
            new WriteRequest(
                "named-" + requests++,
                "b",
                "k".getBytes(StandardCharsets.UTF_8),
                content,
                context,
                condition,
                RequestOptions.NONE,
                name),
            answers::add);
    return answers;
  }

  WriteOutcome write(
      SimCluster cluster,
      int node,
      Content content,
      @Nullable String context,
      Condition condition,
      @Nullable IdempotencyKey name) {
    List<WriteOutcome> answers = send(cluster, node, content, context, condition, name);
    cluster.until("an answer", 10_000, () -> !answers.isEmpty());
    return answers.get(0);
  }

  WriteOutcome put(SimCluster cluster, int node, String value) {
    return write(cluster, node, json(value), null, Condition.NONE, NAME);
  }

  static Content json(String value) {
    return Content.json(value.getBytes(StandardCharsets.UTF_8));
  }

  static String written(WriteOutcome outcome) {
    assertThat(outcome).isInstanceOf(WriteOutcome.Written.class);
    return ((WriteOutcome.Written) outcome).context();
  }

  static ProblemKind refusal(WriteOutcome outcome) {
    assertThat(outcome).isInstanceOf(WriteOutcome.Rejected.class);
    return ((WriteOutcome.Rejected) outcome).rejection().kind();
  }

  /** Events that stand anywhere. */
  static Set<Dot> standing(SimCluster cluster, int node) {
    Set<Dot> dots = new HashSet<>();
    for (ReplicaReport.Holding holding : cluster.replicas(node, "b", "k").replicas()) {
      if (holding.siblings() != null) {
        holding.siblings().versions().stream().map(Version::dot).forEach(dots::add);
      }
    }
    return dots;
  }

  static String contextOf(ReadOutcome outcome) {
    assertThat(outcome).isInstanceOf(ReadOutcome.Found.class);
    return ((ReadOutcome.Found) outcome).context();
  }
}
