package starling.node.antientropy;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.node.cluster.ClusterView;
import starling.node.peer.CallGroup;
import starling.node.peer.DeadlineWheel;
import starling.node.peer.PeerClient;
import starling.node.peer.message.HintPartitions;
import starling.node.peer.message.ListHints;
import starling.node.replica.LocalReplica;

/**
 * Asks every other member where it holds hints, once per loss, for a node that may have lost
 * something. One answer covers all partitions. What the members gossip about their hints is seconds
 * old, and a hint may be the only other copy of a write that this node had acknowledged.
 *
 * <p>A member that does not answer is awaited until gossip has declared it dead, not longer: its
 * hints arrive by handoff when it is back.
 *
 * <p>Owned by the thread of the node's state.
 */
public final class HintInquiry {
  private static final int TIMEOUT_MILLIS = 5_000;
  private static final long PAUSE_NANOS = 500_000_000L;

  /**
   * What a member has answered.
   *
   * @param losses how many losses this node knew of when it asked
   */
  private record Answer(int losses, BitSet partitions) {}

  private final ClusterView cluster;
  private final LocalReplica local;
  private final CallGroup calls;
  private final Map<UUID, Answer> answers = new HashMap<>();
  private final Set<UUID> asking = new HashSet<>();
  private long nextNanos = Long.MIN_VALUE;
  private int askedLosses = -1;
  private long askedNanos;

  public HintInquiry(
      ClusterView cluster, PeerClient peers, LocalReplica local, DeadlineWheel deadlines) {
    this.cluster = cluster;
    this.local = local;
    this.calls = new CallGroup(peers, cluster, deadlines);
  }

  /** Asks the members that have not answered since the last loss. */
  void tick(long nowNanos) {
    int losses = local.losses();
    if (nowNanos < nextNanos && losses == askedLosses) {
      return;
    }
    nextNanos = nowNanos + PAUSE_NANOS;
    askedLosses = losses;
    for (UUID node : cluster.otherNodes()) {
      Answer answer = answers.get(node);
      boolean answered = answer != null && answer.losses >= losses;
      if (!answered && cluster.mayAnswer(node) && asking.add(node)) {
        askedNanos = nowNanos;
        ask(node, losses);
      }
    }
  }

  /** Whether answers may be expected at any moment: a question is out that is not old yet. */
  boolean expectsAnswers(long nowNanos) {
    return !asking.isEmpty() && nowNanos - askedNanos < PAUSE_NANOS;
  }

  /** Nothing is lacking: what was answered is of no use for the next loss. */
  void rest() {
    answers.clear();
    askedLosses = -1;
  }

  private void ask(UUID node, int losses) {
    boolean sent =
        calls.ask(
            node,
            call -> new ListHints(call, TIMEOUT_MILLIS, cluster.ringHash()),
            TIMEOUT_MILLIS,
            HintPartitions.class,
            hints -> {
              asking.remove(node);
              answers.put(node, new Answer(losses, hints.partitions()));
            },
            failure -> asking.remove(node));
    if (!sent) {
      asking.remove(node);
    }
  }

  /**
   * Up to which loss every member was heard that is not dead.
   *
   * @param awaited takes the members that are waited for
   */
  int heardTo(@Nullable Set<UUID> awaited) {
    int losses = local.losses();
    int heardTo = losses;
    for (UUID node : cluster.otherNodes()) {
      Answer answer = answers.get(node);
      if (answer != null && answer.losses >= losses) {
        continue;
      }
      if (cluster.declaredDead(node)) {
        continue;
      }
      heardTo = Math.min(heardTo, answer == null ? -1 : answer.losses);
      if (awaited != null) {
        awaited.add(node);
      }
    }
    return heardTo;
  }

  /** The members that have held hints of a partition, the dead ones excepted. */
  List<UUID> holders(int partition) {
    List<UUID> holders = new ArrayList<>();
    for (UUID node : cluster.otherNodes()) {
      Answer answer = answers.get(node);
      if (answer != null && answer.partitions.get(partition) && !cluster.declaredDead(node)) {
        holders.add(node);
      }
    }
    return holders;
  }
}
