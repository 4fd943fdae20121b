package starling.node.coordinator;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.node.cluster.ClusterView;
import starling.node.metrics.WaitingBytes;
import starling.node.peer.CallGroup;
import starling.node.peer.DeadlineWheel;
import starling.node.peer.PeerClient;
import starling.node.peer.message.Fetch;
import starling.node.peer.message.Holds;
import starling.node.port.Contained;
import starling.node.replica.LocalReplica;
import starling.node.request.ReplicaReport;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;

/**
 * Asks every primary of a key, and every other node that may hold a hint of it, for their sets, and
 * waits for all or for the end of its time.
 */
public final class ReplicaSurvey {
  /** Nodes of a large ring that are asked whether they hold a hint. */
  private static final int MAX_OTHERS = 64;

  private final ClusterView cluster;
  private final LocalReplica local;
  private final DeadlineWheel deadlines;
  private final ReplicaPlan target;
  private final Consumer<ReplicaReport> done;
  private final List<UUID> nodes;
  private final CallGroup calls;
  private final WaitingBytes room;

  /** The sets that are held until the end. */
  private final WaitingBytes.Share sets;

  private long withoutRoom;
  private final @Nullable Siblings[] held;
  private int missing;
  private boolean ended;
  private DeadlineWheel.@Nullable Deadline deadline;

  public ReplicaSurvey(
      ClusterView cluster,
      PeerClient peers,
      LocalReplica local,
      DeadlineWheel deadlines,
      ReplicaPlan target,
      WaitingBytes room,
      Consumer<ReplicaReport> done) {
    this.room = room;
    this.sets = room.share();
    this.cluster = cluster;
    this.local = local;
    this.deadlines = deadlines;
    this.calls = new CallGroup(peers, cluster, deadlines);
    this.target = target;
    this.done = done;
    this.nodes = new ArrayList<>(target.primaries());
    for (UUID holder : cluster.hintHolders(target.partition())) {
      alsoAsk(holder);
    }
    if (!target.mine()) {
      alsoAsk(cluster.self());
    }
    for (UUID other : cluster.otherNodes()) {
      alsoAsk(other);
    }
    this.missing = nodes.size();
    this.held = new Siblings[missing];
  }

  private void alsoAsk(UUID node) {
    boolean room = nodes.size() < target.primaries().size() + MAX_OTHERS;
    if (room && !nodes.contains(node) && cluster.mayAnswer(node)) {
      nodes.add(node);
    }
  }

  public void begin() {
    deadline = deadlines.set(target.properties().timeoutMillis() * 1_000_000L, this::finish);
    for (int i = 0; i < held.length; i++) {
      ask(i);
    }
    if (missing == 0) {
      finish();
    }
  }

  private void ask(int replica) {
    UUID node = nodes.get(replica);
    if (node.equals(cluster.self())) {
      local.whole(
          target.key(),
          stored -> heard(replica, stored == null ? Siblings.EMPTY : holding(stored.set())),
          () -> heard(replica, null));
      return;
    }
    boolean sent =
        calls.ask(
            node,
            call ->
                Fetch.whole(
                    call,
                    target.properties().timeoutMillis(),
                    target.ringHash(),
                    target.register(),
                    target.requestId(),
                    target.key()),
            Holds.class,
            holds -> {
              byte[] set = holds.set();
              heard(replica, set == null ? Siblings.EMPTY : holding(set));
            },
            failure -> heard(replica, null));
    if (!sent) {
      heard(replica, null);
    }
  }

  /** The set, or null if the node has no room for it now. */
  private @Nullable Siblings holding(byte[] set) {
    if (!ended && !sets.add(set.length)) {
      withoutRoom += set.length;
      return null;
    }
    return SiblingsCodec.decode(set);
  }

  private void heard(int replica, @Nullable Siblings siblings) {
    held[replica] = siblings;
    if (--missing == 0) {
      finish();
    }
  }

  private void finish() {
    if (ended) {
      return;
    }
    ended = true;
    if (deadline != null) {
      deadlines.clear(deadline);
    }
    calls.close();
    List<ReplicaReport.Holding> holdings = new ArrayList<>();
    for (int i = 0; i < held.length; i++) {
      Siblings set = held[i];
      boolean primary = i < target.primaries().size();
      if (primary || (set != null && !set.isEmpty())) {
        holdings.add(new ReplicaReport.Holding(cluster.name(nodes.get(i)), primary, set));
      }
    }
    ReplicaReport report =
        new ReplicaReport(target.partition(), holdings, withoutRoom, room.maxOfOneBytes());
    var unused = Contained.tell("a listener of a survey of replicas", done, report);
    sets.release();
  }
}
