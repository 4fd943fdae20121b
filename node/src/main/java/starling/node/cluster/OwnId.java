package starling.node.cluster;

import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The file with the id of the node. */
public interface OwnId {
  /**
   * Records that the id has been in a cluster.
   *
   * @param done called on the owner's thread with null when that is durable, else with the reason
   *     why not
   */
  void noteMember(Consumer<@Nullable IOException> done);
}
