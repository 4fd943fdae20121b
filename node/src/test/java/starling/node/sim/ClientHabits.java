package starling.node.sim;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.node.coordinator.Condition;
import starling.node.coordinator.RequestOptions;
import starling.node.replica.WriteOutcome;
import starling.node.version.Content;

/**
 * How clients put their writes. The honest habit sends them as they are; a planted bug does what a
 * node would do for them if it broke a promise.
 */
interface ClientHabits {
  ClientHabits HONEST =
      (cluster, node, key, content, context, condition, options, done) ->
          cluster.write(node, Workload.BUCKET, key, content, context, condition, options, done);

  void write(
      SimCluster cluster,
      int node,
      String key,
      Content content,
      @Nullable String context,
      Condition condition,
      RequestOptions options,
      Consumer<WriteOutcome> done);
}
