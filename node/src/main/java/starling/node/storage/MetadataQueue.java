package starling.node.storage;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import starling.node.port.Timers;
import starling.node.port.TransientDiskException;

/**
 * The owner's side of saving metadata: the writer thread has one save at a time, and of the waiting
 * saves of one name only the latest is written. Holds the values that were last saved durably.
 */
final class MetadataQueue {
  /** Told how saves end. */
  interface Listener {
    /** A save ended. */
    void saved(@Nullable StorageFailure failure);

    /** The disk cannot accept a value for the moment, or can again. */
    void stalled(@Nullable TransientDiskException reason);
  }

  private final Map<String, byte[]> values = new TreeMap<>();
  private final LogWriter log;
  private final Executor writer;
  private final Executor owner;
  private final Timers timers;
  private final Listener listener;
  private final RetryPause pause = new RetryPause();
  private boolean stalled;

  private final Map<String, Waiting> waiting = new LinkedHashMap<>();
  private @Nullable Waiting underWay;
  private @Nullable StorageFailure failed;

  MetadataQueue(
      Map<String, byte[]> values,
      LogWriter log,
      Executor writer,
      Executor owner,
      Timers timers,
      Listener listener) {
    this.values.putAll(values);
    this.log = log;
    this.writer = writer;
    this.owner = owner;
    this.timers = timers;
    this.listener = listener;
  }

  byte @Nullable [] get(String name) {
    byte[] value = values.get(name);
    return value == null ? null : value.clone();
  }

  boolean idle() {
    return underWay == null && waiting.isEmpty();
  }

  /**
   * @param value called when the save begins, so that a written value is never older than an
   *     earlier one
   */
  void save(String name, Supplier<byte[]> value, Completion done) {
    Waiting save = waiting.computeIfAbsent(name, Waiting::new);
    save.value = value;
    save.done.add(done);
    next();
  }

  /** All waiting saves fail, and so does the present one when it returns. */
  void fail(StorageFailure reason) {
    failed = reason;
    List<Completion> told = new ArrayList<>();
    waiting.values().forEach(save -> told.addAll(save.done));
    waiting.clear();
    Completion.all(told, reason);
  }

  private void next() {
    if (underWay != null || waiting.isEmpty()) {
      return;
    }
    Waiting save = waiting.values().iterator().next();
    waiting.remove(save.name);
    underWay = save;
    write(save);
  }

  private void write(Waiting save) {
    byte[] bytes = save.value.get();
    writer.execute(
        () -> {
          try {
            StorageFailure failure = log.save(save.name, bytes);
            owner.execute(() -> saved(save, bytes, failure));
          } catch (TransientDiskException e) {
            owner.execute(() -> stalled(save, e));
          }
        });
  }

  /** The save changed nothing and is repeated. */
  private void stalled(Waiting save, TransientDiskException reason) {
    stalled = true;
    timers.after(pause.next(), () -> again(save));
    listener.stalled(reason);
  }

  private void again(Waiting save) {
    StorageFailure reason = failed;
    if (reason != null) {
      underWay = null;
      save.complete(reason);
      return;
    }
    write(save);
  }

  /** All values as they were last saved. */
  Map<String, byte[]> all() {
    return new TreeMap<>(values);
  }

  private void saved(Waiting save, byte[] bytes, @Nullable StorageFailure failure) {
    underWay = null;
    if (stalled) {
      stalled = false;
      pause.reset();
      listener.stalled(null);
    }
    if (failure == null) {
      values.put(save.name, bytes);
      next();
    }
    try {
      save.complete(failure);
    } finally {
      listener.saved(failure);
    }
  }

  private static final class Waiting {
    private final String name;
    private Supplier<byte[]> value = () -> new byte[0];
    private final List<Completion> done = new ArrayList<>();

    Waiting(String name) {
      this.name = name;
    }

    void complete(@Nullable StorageFailure failure) {
      Completion.all(done, failure);
    }
  }
}
