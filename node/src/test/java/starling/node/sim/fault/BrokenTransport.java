package starling.node.sim.fault;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import starling.node.Node;
import starling.node.peer.Tampering;
import starling.node.port.Transport;
import starling.node.sim.SimProcess;
import starling.node.sim.SimWiring;
import starling.node.storage.Key;

/**
 * A network that breaks one promise of the node which sends on it: its frames are changed, made
 * more, answered or lost before they leave. All calls go on to the network below; each kind
 * overrides only how it sends. Its randomness is drawn from its process's stream for wirings, never
 * from that of the network.
 */
public abstract class BrokenTransport implements Transport {
  private final Transport network;

  BrokenTransport(Transport network) {
    this.network = network;
  }

  /** A wiring whose frames are changed on their way. */
  public static SimWiring changing(UnaryOperator<byte[]> change) {
    return SimWiring.withTransport((process, network) -> new ChangesFrames(network, change));
  }

  /** The same, and frames do not carry the clock of their sender. */
  static SimWiring changingWithoutClock(UnaryOperator<byte[]> change) {
    return SimWiring.withTransport(
        (process, network) -> new ChangesFrames(new HidesClock(network), change));
  }

  @Override
  public boolean send(UUID peer, Channel channel, byte[] frame) {
    return network.send(peer, channel, frame);
  }

  @Override
  public boolean connected(UUID peer, Channel channel) {
    return network.connected(peer, channel);
  }

  /** Frames arrive as something else than was sent. */
  private static final class ChangesFrames extends BrokenTransport {
    private final UnaryOperator<byte[]> change;

    ChangesFrames(Transport network, UnaryOperator<byte[]> change) {
      super(network);
      this.change = change;
    }

    @Override
    public boolean send(UUID peer, Channel channel, byte[] frame) {
      return super.send(peer, channel, Tampering.withClockOf(frame, change.apply(frame)));
    }
  }

  /** Frames leave late, in their order. */
  public static final class IsSlow extends BrokenTransport {
    private final SimProcess process;
    private final long nanos;

    public IsSlow(SimProcess process, Transport network, long nanos) {
      super(network);
      this.process = process;
      this.nanos = nanos;
    }

    @Override
    public boolean send(UUID peer, Channel channel, byte[] frame) {
      process.after(
          nanos,
          () -> {
            boolean unused = super.send(peer, channel, frame);
          });
      return true;
    }
  }

  /** Frames for which an answer is made up do not reach anybody. */
  static final class MakesUpAnswers extends BrokenTransport {
    private final SimProcess process;
    private final UnaryOperator<byte @Nullable []> answer;
    private final double often;

    MakesUpAnswers(
        SimProcess process,
        Transport network,
        UnaryOperator<byte @Nullable []> answer,
        double often) {
      super(network);
      this.process = process;
      this.answer = answer;
      this.often = often;
    }

    @Override
    public boolean send(UUID peer, Channel channel, byte[] frame) {
      byte[] made = answer.apply(frame);
      if (made == null || !process.chance(often)) {
        return super.send(peer, channel, frame);
      }
      process.soon(() -> process.node.onMessage(peer, made));
      return true;
    }
  }

  /** Hands each write on to one more node. */
  static final class HandsOnTwice extends BrokenTransport {
    private final SimProcess process;

    HandsOnTwice(SimProcess process, Transport network) {
      super(network);
      this.process = process;
    }

    @Override
    public boolean send(UUID peer, Channel channel, byte[] frame) {
      if (Tampering.handsOn(frame)) {
        List<UUID> others =
            process.node.members().stream()
                .map(member -> member.id())
                .filter(id -> !id.equals(peer) && !id.equals(process.home.id))
                .toList();
        others.forEach(other -> super.send(other, channel, frame));
      }
      return super.send(peer, channel, frame);
    }
  }

  /**
   * What a fallback takes is counted for a primary that has not answered. The store goes to the
   * fallback under the number of the call to that primary, and the fallback answers as that one.
   */
  static final class FallbacksFillAnyPosition extends BrokenTransport {
    private final SimProcess process;
    private final Map<String, Map<UUID, Long>> stores = new HashMap<>();

    FallbacksFillAnyPosition(SimProcess process, Transport network) {
      super(network);
      this.process = process;
    }

    @Override
    public boolean send(UUID peer, Channel channel, byte[] frame) {
      if (Tampering.took(frame)) {
        process.forge(peer, frame);
      }
      return super.send(peer, channel, Tampering.forAnotherPrimary(peer, frame, stores));
    }
  }

  /** Brings hints as they stood when they first set out; what they have become since goes too. */
  static final class BringsFirstHints extends BrokenTransport {
    private final Map<Key, byte[]> first = new HashMap<>();

    BringsFirstHints(Transport network) {
      super(network);
    }

    @Override
    public boolean send(UUID peer, Channel channel, byte[] frame) {
      byte[] made = Tampering.asFirstSent(frame, first);
      return super.send(peer, channel, Tampering.withClockOf(frame, made));
    }
  }

  /**
   * Loses the first batch of hints to each node, and may answer as if it had arrived; then, too,
   * that whatever is asked for is held.
   */
  static final class LosesFirstHints extends BrokenTransport {
    private final SimProcess process;
    private final boolean letGo;
    private final Set<UUID> lost = new HashSet<>();

    LosesFirstHints(SimProcess process, Transport network, boolean letGo) {
      super(network);
      this.process = process;
      this.letGo = letGo;
    }

    @Override
    public boolean send(UUID peer, Channel channel, byte[] frame) {
      byte[] held = letGo ? Tampering.holdsTheHints(frame) : null;
      if (held != null) {
        process.soon(() -> process.node.onMessage(peer, held));
        return true;
      }
      byte[] taken = Tampering.tookTheHints(frame);
      if (taken == null || !lost.add(peer)) {
        return super.send(peer, channel, frame);
      }
      if (letGo) {
        process.soon(() -> process.node.onMessage(peer, taken));
      }
      return true;
    }
  }

  /** Requests that carry the register of the node they go to, whatever their sender decided by. */
  static final class HidesRegisters extends BrokenTransport {
    private final SimProcess process;

    HidesRegisters(SimProcess process, Transport network) {
      super(network);
      this.process = process;
    }

    @Override
    public boolean send(UUID peer, Channel channel, byte[] frame) {
      Node to = channel == Channel.DATA ? process.peer(peer) : null;
      byte[] made = to == null ? frame : Tampering.decidedAlike(frame, to);
      return super.send(peer, channel, Tampering.withClockOf(frame, made));
    }
  }

  /** Frames do not carry the clock of the node that sends them. */
  static final class HidesClock extends BrokenTransport {
    HidesClock(Transport network) {
      super(network);
    }

    @Override
    public boolean send(UUID peer, Channel channel, byte[] frame) {
      return super.send(peer, channel, Tampering.withoutClock(frame));
    }
  }
}
