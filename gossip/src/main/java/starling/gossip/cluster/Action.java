package starling.gossip.cluster;

import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.gossip.Member;
import starling.gossip.Status;

/** What gossip wants done, in order. The node carries the actions out and decides nothing. */
public sealed interface Action {
  /** Calls the one method of {@code shell} that fits. */
  void perform(Shell shell);

  /** Carries actions out; one method per kind, so that the compiler finds a missing one. */
  interface Shell {
    void send(Address to, GossipMessage message);

    /** Send a packet of the failure detector as a datagram, to {@link Gossip#onDatagram}. */
    void sendDatagram(Address to, byte[] packet);

    /** Resolve the names again and answer each with {@link Gossip#onResolved}. */
    void resolve(List<Address> names);

    /** Draw a cluster identity with this node as founder, make it durable, {@link Gossip#enter}. */
    void found();

    /**
     * Make these facts durable and then the identity; give the facts to {@link Gossip#update}, and
     * {@link Gossip#enter} the cluster.
     */
    void join(ClusterIdentity cluster, SortedMap<String, byte[]> facts);

    /** Make the incarnation durable, then {@link Gossip#incarnationPersisted}. */
    void persistIncarnation(long incarnation);

    /** The value of a fact has changed: {@link Gossip#fact}. */
    void factChanged(String name);

    /**
     * A member is new ({@code from} is null), its status changed, or it stated something new about
     * itself ({@code from} equals {@code to}). The node should save the addresses.
     */
    void memberChanged(Member member, @Nullable Status from, Status to);

    /** A message for the operator. */
    void alarm(String text);

    /** A later incarnation of this node is running: stop serving. Gossip is silent from now on. */
    void stepDown(String reason);

    /** End the process with this line. Gossip is silent from now on. */
    void exit(String line);
  }

  record Send(Address to, GossipMessage message) implements Action {
    @Override
    public void perform(Shell shell) {
      shell.send(to, message);
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  record SendDatagram(Address to, byte[] packet) implements Action {
    @Override
    public void perform(Shell shell) {
      shell.sendDatagram(to, packet);
    }
  }

  record Resolve(List<Address> names) implements Action {
    @Override
    public void perform(Shell shell) {
      shell.resolve(names);
    }
  }

  record Found() implements Action {
    @Override
    public void perform(Shell shell) {
      shell.found();
    }
  }

  record Join(ClusterIdentity cluster, SortedMap<String, byte[]> facts) implements Action {
    @Override
    public void perform(Shell shell) {
      shell.join(cluster, facts);
    }
  }

  record PersistIncarnation(long incarnation) implements Action {
    @Override
    public void perform(Shell shell) {
      shell.persistIncarnation(incarnation);
    }
  }

  record FactChanged(String name) implements Action {
    @Override
    public void perform(Shell shell) {
      shell.factChanged(name);
    }
  }

  record MemberChanged(Member member, @Nullable Status from, Status to) implements Action {
    @Override
    public void perform(Shell shell) {
      shell.memberChanged(member, from, to);
    }
  }

  record Alarm(String text) implements Action {
    @Override
    public void perform(Shell shell) {
      shell.alarm(text);
    }
  }

  record StepDown(String reason) implements Action {
    @Override
    public void perform(Shell shell) {
      shell.stepDown(reason);
    }
  }

  record Exit(String line) implements Action {
    @Override
    public void perform(Shell shell) {
      shell.exit(line);
    }
  }
}
