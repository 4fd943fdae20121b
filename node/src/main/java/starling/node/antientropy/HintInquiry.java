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
 * Asks every other member for the partitions of its hints, once per loss, for a node that may have
 * lost data. One answer covers all partitions. The gossiped announcements are seconds old, and a
 * hint may be the only other copy of a write that this node had acknowledged.
 *
 * <p>The inquiry waits for a silent member until gossip has declared it dead, not longer: its hints
 * arrive by handoff when it is up again.
 *
 * <p>Owned by the thread of the node's state.
 */
public final class HintInquiry {
  private static final int TIMEOUT_MILLIS = 5_000;
  private static final long PAUSE_NANOS = 500_000_000L;

  /**
   * The answer of a member.
   *
   * @param losses how many losses this node knew at its request
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

  /** Whether answers may come at any moment: a recent request is under way. */
  boolean expectsAnswers(long nowNanos) {
    return !asking.isEmpty() && nowNanos - askedNanos < PAUSE_NANOS;
  }

  /** All is complete: the answers are of no use for the next loss. */
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
   * The loss up to which every member that is not dead has answered.
   *
   * @param awaited receives the awaited members
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

  /** The members that have held hints of a partition, except dead ones. */
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
