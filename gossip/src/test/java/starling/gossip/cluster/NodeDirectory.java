package starling.gossip.cluster;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;

/** What a simulated node has on disk: it survives crashes, and can be copied or wiped. */
final class NodeDirectory {
  final UUID id;
  long incarnation;
  boolean mayHaveForgotten;
  @Nullable ClusterIdentity cluster;
  List<Address> remembered = List.of();

  NodeDirectory(UUID id) {
    this.id = id;
  }

  NodeDirectory copy() {
    NodeDirectory copy = new NodeDirectory(id);
    copy.incarnation = incarnation;
    copy.mayHaveForgotten = mayHaveForgotten;
    copy.cluster = cluster;
    copy.remembered = remembered;
    return copy;
  }
}
