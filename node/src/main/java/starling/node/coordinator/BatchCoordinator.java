package starling.node.coordinator;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.cluster.ClusterView;
import starling.node.port.Clock;
import starling.node.port.OutOfMemory;
import starling.node.port.Timers;
import starling.node.request.BatchRequest;
import starling.node.request.BatchRequest.Change;
import starling.node.request.BatchRequest.Get;
import starling.node.request.BatchRequest.Operation;
import starling.node.request.Condition;
import starling.node.request.ReadOutcome;
import starling.node.request.ReadRequest;
import starling.node.request.Rejection;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.node.storage.Key;
import starling.wire.ProblemKind;

/**
 * Executes the operations of a batch as single requests, each sent to the owners of its key. What a
 * batch saves is around them: one HTTP request and response, and one write to each socket for all
 * messages to a peer that one turn of the event loop makes.
 *
 * <ol>
 *   <li>Operations on one key are executed in their order: the next begins when the one before it
 *       has ended, whatever its outcome. So two writes of one batch never become siblings.
 *   <li>A batch has at most {@link #WINDOW} operations under way. Admission control counts each
 *       like a single request. Where it would reject one, the batch waits for its own operations
 *       first; with none under way the operation gets the rejection.
 *   <li>A batch begins at most {@link #SLICE} operations in a millisecond, so that a thousand of
 *       them do not hold the event loop.
 *   <li>All share one deadline. An operation that has not begun by then ends as a timeout, with
 *       nothing sent.
 * </ol>
 *
 * <p>Owned by the thread of the node's state.
 */
public final class BatchCoordinator {
  private static final Logger log = LoggerFactory.getLogger(BatchCoordinator.class);

  /** Operations of one batch that are under way at once. */
  static final int WINDOW = 64;

  /** Operations of one batch that begin before other work has its turn. */
  static final int SLICE = 64;

  private static final long TURN_NANOS = 1_000_000;
  private static final int NONE = -1;

  private final ClientRequests clients;
  private final AdmissionControl admissionControl;
  private final ClusterView cluster;
  private final Timers timers;
  private final Clock clock;

  public BatchCoordinator(
      ClientRequests clients,
      AdmissionControl admissionControl,
      ClusterView cluster,
      Timers timers,
      Clock clock) {
    this.clients = clients;
    this.admissionControl = admissionControl;
    this.cluster = cluster;
    this.timers = timers;
    this.clock = clock;
  }

  /** Executes a batch; the listener hears of every operation once, and then of the end. */
  public void execute(BatchRequest request, BatchRequest.Listener listener) {
    new Batch(request, listener).proceed();
  }

  private final class Batch {
    private final BatchRequest request;
    private final BatchRequest.Listener listener;
    private final long deadlineNanos;

    /** For each operation the next one on its key, or {@link #NONE}. */
    private final int[] following;

    /** Operations that may begin: none before them on their key is left. */
    private final Deque<Integer> ready = new ArrayDeque<>();

    private int left;
    private int underWay;
    private int slice = SLICE;
    private boolean pausing;
    private boolean proceeding;
    private boolean ended;

    Batch(BatchRequest request, BatchRequest.Listener listener) {
      this.request = request;
      this.listener = listener;
      this.left = request.operations().size();
      this.following = new int[left];
      Arrays.fill(following, NONE);
      Map<Key, Integer> last = new HashMap<>(2 * left);
      for (int i = 0; i < left; i++) {
        byte[] bytes = request.operations().get(i).key();
        Integer before = last.put(new Key(request.bucket(), bytes, 0), i);
        if (before == null) {
          ready.add(i);
        } else {
          following[before] = i;
        }
      }
      Integer asked = request.options().timeoutMillis();
      int millis = asked == null ? cluster.bucket(request.bucket()).timeoutMillis() : asked;
      this.deadlineNanos = clock.nanoTime() + millis * 1_000_000L;
    }

    /** Begins operations as far as the bounds permit. */
    void proceed() {
      if (proceeding) {
        return;
      }
      proceeding = true;
      try {
        while (!ready.isEmpty() && underWay < WINDOW && mayBegin()) {
          begin(ready.remove());
        }
      } finally {
        proceeding = false;
      }
      if (left == 0 && !ended) {
        ended = true;
        listener.onEnd();
      }
    }

    private boolean mayBegin() {
      if (slice == 0) {
        pause();
        return false;
      }
      if (underWay > 0 && admissionControl.judge() != ConcurrencyLimit.Decision.TAKEN) {
        return false;
      }
      slice--;
      return true;
    }

    private void pause() {
      if (!pausing) {
        pausing = true;
        var unused =
            timers.after(
                TURN_NANOS,
                () -> {
                  pausing = false;
                  slice = SLICE;
                  proceed();
                });
      }
    }

    private void begin(int index) {
      Operation operation = request.operations().get(index);
      long millis = (deadlineNanos - clock.nanoTime()) / 1_000_000;
      underWay++;
      if (operation instanceof Get get) {
        Once<ReadOutcome> done = new Once<>(outcome -> onRead(index, outcome));
        if (millis < 1) {
          done.accept(new ReadOutcome.Rejected(tooLate()));
          return;
        }
        clients.read(
            new ReadRequest(
                request.requestId(),
                request.bucket(),
                get.key(),
                get.context(),
                within((int) millis)),
            done);
      } else if (operation instanceof Change change) {
        Once<WriteOutcome> done = new Once<>(outcome -> onWrite(index, outcome));
        if (millis < 1) {
          done.accept(new WriteOutcome.Rejected(tooLate()));
          return;
        }
        clients.write(
            new WriteRequest(
                request.requestId(),
                request.bucket(),
                change.key(),
                change.content(),
                change.context(),
                Condition.NONE,
                within((int) millis),
                change.idempotency()),
            done);
      }
    }

    private RequestOptions within(int millis) {
      RequestOptions options = request.options();
      return new RequestOptions(
          options.r(), options.w(), options.pr(), options.pw(), millis, options.durability());
    }

    private static Rejection tooLate() {
      return Rejection.of(
          ProblemKind.TIMEOUT,
          "the time of the batch was over before this operation began; nothing was sent: send"
              + " smaller batches, or a larger timeoutMs");
    }

    private void onRead(int index, ReadOutcome outcome) {
      tell(() -> listener.onRead(index, outcome));
      ended(index);
    }

    private void onWrite(int index, WriteOutcome outcome) {
      tell(() -> listener.onWrite(index, outcome));
      ended(index);
    }

    /** An error in the listener ends neither the batch nor the request that has ended. */
    private void tell(Runnable word) {
      try {
        word.run();
      } catch (Throwable e) {
        OutOfMemory.endsProcess(e);
        log.error("request {}: the result of an operation was lost", request.requestId(), e);
      }
    }

    private void ended(int index) {
      underWay--;
      left--;
      if (following[index] != NONE) {
        ready.addFirst(following[index]);
      }
      proceed();
    }
  }
}
