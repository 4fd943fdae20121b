package starling.node.replica;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.node.port.Clock;
import starling.node.port.Randomness;
import starling.node.port.Timers;
import starling.node.port.Transport;
import starling.node.storage.Storage;

/** What a node stands on. Production and the simulator differ here and nowhere else. */
public record NodePorts(
    Clock clock,
    Timers timers,
    Randomness randomness,
    Transport transport,
    GossipLink gossip,
    OwnId ownId,
    Storage storage) {

  /** The file that says who the node is. */
  public interface OwnId {
    /**
     * Notes that the id has been in a cluster.
     *
     * @param done hears on the owner's thread null when that is durable, else why it is not
     */
    void noteMember(Consumer<@Nullable IOException> done);
  }

  /** Carries gossip to addresses, also to those whose node is not known yet. */
  public interface GossipLink {
    /** Takes a frame for the control connection; may lose it without a word. */
    void send(Address to, byte[] frame);

    /** Looks names up and hands each result to {@link Node#onResolved}. */
    void resolve(List<Address> names);
  }
}
