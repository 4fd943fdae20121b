package starling.node.cluster;

import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The file that says who the node is. */
public interface OwnId {
  /**
   * Notes that the id has been in a cluster.
   *
   * @param done hears on the owner's thread null when that is durable, else why it is not
   */
  void noteMember(Consumer<@Nullable IOException> done);
}
