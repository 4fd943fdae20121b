package starling.node.storage;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import starling.node.port.OutOfMemory;

/**
 * Makes snapshots, one after the other. A snapshot seals the active segment, flushes the memtable
 * up to its end, and links the files before any other job can change them.
 */
final class SnapshotJob implements MaintenanceJob {
  private static final String STEP = "making a snapshot";

  private final MaintenanceContext context;
  private final GroupCommit commits;
  private final FlushJob flush;
  private final Queue<Order> orders = new ArrayDeque<>();

  /** The snapshot whose flush runs. */
  private @Nullable Order flushing;

  private boolean rollAsked;
  private boolean mayExist;

  private record Order(String name, Supplier<Map<String, byte[]>> metadata, Completion done) {}

  /**
   * @param mayExist whether earlier processes may have made snapshots
   */
  SnapshotJob(MaintenanceContext context, GroupCommit commits, FlushJob flush, boolean mayExist) {
    this.context = context;
    this.commits = commits;
    this.flush = flush;
    this.mayExist = mayExist;
  }

  /** Whether a snapshot may hold older records, which come back if it is restored. */
  boolean mayExist() {
    return mayExist;
  }

  void add(String name, Supplier<Map<String, byte[]>> metadata, Completion done) {
    Snapshot.check(name);
    orders.add(new Order(name, metadata, done));
    context.next().run();
  }

  /** Due while a snapshot waits: no less urgent job begins, so that {@link #sealed} finds none. */
  @Override
  public boolean due() {
    return !orders.isEmpty();
  }

  @Override
  public void begin() {
    if (!rollAsked) {
      rollAsked = true;
      commits.roll();
    }
  }

  /**
   * A segment was sealed, and no record of the next is in the index: a snapshot can begin, if no
   * job runs.
   *
   * @return whether a snapshot begins
   */
  boolean sealed(long end) {
    rollAsked = false;
    boolean mayBegin = !flush.unfinished() && !context.jobs().running() && flushing == null;
    if (orders.isEmpty() || context.jobs().ended() || !mayBegin) {
      return false;
    }
    flushing = orders.remove();
    flush.flushTo(end, this::flushed);
    return true;
  }

  private void flushed() {
    Order order = flushing;
    if (order == null) {
      context.next().run();
      return;
    }
    flushing = null;
    Checkpoint checkpoint = context.checkpoint();
    Manifest manifest = checkpoint.manifest();
    List<Long> segments = new ArrayList<>();
    for (SegmentTable.Entry entry : context.index().segments.all()) {
      long id = entry.segment.id();
      if (entry.segment.cold() || id <= Location.segment(checkpoint.position())) {
        segments.add(id);
      }
    }
    ShutdownState life = commits.life();
    Map<String, byte[]> values = order.metadata.get();
    context.run(
        this,
        STEP,
        () -> make(order.name, segments, manifest, life, values),
        reason -> {
          mayExist = true;
          order.done.completed(reason.isEmpty() ? null : new StorageFailure(reason));
          context.next().run();
        });
  }

  /** Returns why the snapshot was not made, or an empty text. A failure does not harm the store. */
  private String make(
      String name,
      List<Long> segments,
      Manifest manifest,
      ShutdownState life,
      Map<String, byte[]> values) {
    try {
      Snapshot.make(
          context.disk(), context.config().storeId(), name, segments, manifest, life, values);
      return "";
    } catch (IOException | RuntimeException | Error e) {
      OutOfMemory.endsProcess(e);
      return "the snapshot was not made, and the store is unchanged: " + e.getMessage();
    }
  }

  /** Cancels all waiting snapshots; returns their completions. */
  List<Completion> cancel() {
    List<Order> all = new ArrayList<>(orders);
    orders.clear();
    if (flushing != null) {
      all.add(flushing);
      flushing = null;
    }
    return all.stream().map(Order::done).toList();
  }
}
