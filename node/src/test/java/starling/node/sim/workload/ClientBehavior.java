package starling.node.sim.workload;

import java.util.function.Consumer;
import starling.node.request.ReadOutcome;
import starling.node.request.ReadRequest;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.node.sim.SimCluster;

/**
 * How clients put their writes. The honest habit sends them as they are; a planted bug does what a
 * node would do for them if it broke a promise.
 */
public interface ClientBehavior {
  ClientBehavior HONEST = SimCluster::write;

  void write(SimCluster cluster, int node, WriteRequest request, Consumer<WriteOutcome> done);

  default void read(SimCluster cluster, int node, ReadRequest request, Consumer<ReadOutcome> done) {
    cluster.read(node, request, done);
  }
}
