package starling.node.coordinator;

import java.util.function.Consumer;
import starling.node.cluster.ClusterView;
import starling.node.metrics.NodeCounters;
import starling.node.peer.CallGroup;
import starling.node.peer.DeadlineWheel;
import starling.node.peer.PeerClient;
import starling.node.port.Clock;
import starling.node.replica.EntryScan;
import starling.node.request.ListOutcome;
import starling.node.request.ListRequest;
import starling.node.request.Rejection;
import starling.wire.ProblemKind;

/**
 * Lists the keys of a bucket in the order of their positions, page by page. Each page is a request
 * of its own ({@link ListPage}), so a listing holds nothing between its pages and goes at the pace
 * of its reader. The pages that are under way are bounded.
 *
 * <p>Owned by the thread of the node's state.
 */
public final class ListCoordinator {
  /** Pages that are under way at once; more are rejected. */
  static final int MAX_PAGES = 32;

  private final ClusterView cluster;
  private final PeerClient peers;
  private final EntryScan scan;
  private final ReadCoordinator reads;
  private final DeadlineWheel deadlines;
  private final Clock clock;
  private final NodeCounters counters;
  private int underWay;

  public ListCoordinator(
      ClusterView cluster,
      PeerClient peers,
      EntryScan scan,
      ReadCoordinator reads,
      DeadlineWheel deadlines,
      Clock clock,
      NodeCounters counters) {
    this.cluster = cluster;
    this.peers = peers;
    this.scan = scan;
    this.reads = reads;
    this.deadlines = deadlines;
    this.clock = clock;
    this.counters = counters;
  }

  /** Answers with the page that begins at the cursor of the request. */
  public void list(ListRequest request, Consumer<ListOutcome> done) {
    String notServing = cluster.notServing();
    if (notServing != null) {
      reject(done, Rejection.of(ProblemKind.NOT_READY, notServing));
      return;
    }
    String token = request.cursor();
    ListCursor from =
        token == null
            ? ListCursor.BEGIN
            : ListCursor.decode(token, cluster.id(), request.bucket(), request.prefix());
    if (from == null) {
      reject(
          done,
          Rejection.of(
              ProblemKind.BAD_PARAMETER,
              "cursor",
              "the cursor is damaged, or is one of another bucket, prefix or cluster"));
      return;
    }
    if (underWay >= MAX_PAGES) {
      counters.overloaded++;
      reject(
          done,
          Rejection.of(
              ProblemKind.OVERLOADED, underWay + " pages of listings are under way already"));
      return;
    }
    underWay++;
    Once<ListOutcome> once =
        new Once<>(
            outcome -> {
              underWay--;
              if (outcome instanceof ListOutcome.Page page) {
                counters.keysListed += page.entries().size();
              }
              done.accept(outcome);
            });
    CallGroup calls = new CallGroup(peers, cluster, deadlines);
    new ListPage(request, from, cluster, peers, calls, scan, reads, clock, counters, once).begin();
  }

  private static void reject(Consumer<ListOutcome> done, Rejection rejection) {
    done.accept(new ListOutcome.Rejected(rejection));
  }
}
