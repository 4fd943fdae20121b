package starling.node.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.node.sim.disk.SimDisk;

/** One process of a store on a simulated disk, with what a test says and hears. */
final class StorageLife implements StorageListener {
  static final UUID STORE = new UUID(7, 7);

  final SimDisk disk;
  final VirtualLoop loop = new VirtualLoop();
  final LogStorage storage;
  final List<StorageFailure> failures = new ArrayList<>();
  final List<CorruptRange> found = new ArrayList<>();
  final List<Boolean> rooms = new ArrayList<>();
  final List<@Nullable String> stalls = new ArrayList<>();

  private StorageLife(SimDisk disk, StorageConfig config) throws IOException {
    this.disk = disk;
    this.storage =
        LogStorage.open(
            disk,
            config,
            new StorageExecutors(loop.owner(), loop.writer(), loop.background(), loop.readers()),
            new StoragePorts(loop, loop, new SplittableRandom(disk.identity())),
            this);
  }

  static StorageLife begin(SimDisk disk) throws IOException {
    return begin(disk, config(disk));
  }

  static StorageLife begin(SimDisk disk, StorageConfig config) throws IOException {
    StorageLife life = new StorageLife(disk, config);
    // What an open leaves to the background, which tests of the writer need not count.
    life.loop.run(VirtualLoop.WRITE_NANOS * 20);
    return life;
  }

  static StorageConfig config(SimDisk disk) {
    return StorageConfig.of(STORE, disk.bootId())
        .with(
            draft -> {
              draft.segmentBytes = 256 << 10;
              draft.writeBufferBytes = StorageConfig.MIN_WRITE_BUFFER_BYTES;
              draft.scrubNanos = 0;
            });
  }

  /** A key of partition {@code i % 8}; positions go up with {@code i} inside a partition. */
  static Key key(int i) {
    long position = ((long) (i % 8) << 61) | i;
    return new Key("b" + i % 2, ("k" + i).getBytes(UTF_8), position);
  }

  static int partition(Key key) {
    return (int) (key.position() >>> 61);
  }

  /** Appends, and answers a place where the outcome will stand. */
  Outcome append(Key key, String set, Durability durability) {
    Outcome outcome = new Outcome();
    byte[] bytes = set.getBytes(UTF_8);
    outcome.taken =
        storage.append(key, partition(key), set.hashCode(), bytes, durability, outcome) == null;
    return outcome;
  }

  Outcome synced(Key key, String set) {
    return append(key, set, Durability.SYNCED);
  }

  Outcome replicated(Key key, String set) {
    return append(key, set, Durability.REPLICATED);
  }

  Outcome saveMeta(String name, String value) {
    Outcome outcome = new Outcome();
    outcome.taken = true;
    storage.saveMeta(name, value.getBytes(UTF_8), outcome);
    return outcome;
  }

  @Nullable String get(Key key) {
    List<@Nullable Stored> answers = new ArrayList<>();
    storage.read(key, answers::add);
    while (answers.isEmpty()) {
      loop.run(VirtualLoop.WRITE_NANOS);
    }
    Stored stored = answers.get(0);
    return stored == null ? null : new String(stored.set(), UTF_8);
  }

  /** Says that all damage and every loss that the store knows of was handled. */
  void handleAll(Completion done) {
    storage.recoveryHandled(storage.unhandledDamage(), true, done);
  }

  @Nullable String meta(String name) {
    byte[] bytes = storage.meta(name);
    return bytes == null ? null : new String(bytes, UTF_8);
  }

  void close() {
    Outcome closed = new Outcome();
    storage.close(() -> closed.completed(null));
    loop.drain();
    if (!closed.ended()) {
      throw new AssertionError("close did not end");
    }
  }

  @Override
  public void failed(StorageFailure failure) {
    failures.add(failure);
  }

  @Override
  public void onCorruptRange(CorruptRange range) {
    found.add(range);
  }

  @Override
  public void roomChanged(boolean full, String reason) {
    rooms.add(full);
  }

  @Override
  public void stallChanged(@Nullable String reason) {
    stalls.add(reason);
  }

  /** What became of an append or a save. */
  static final class Outcome implements Completion {
    boolean taken;
    private int told;
    @Nullable StorageFailure failure;

    @Override
    public void completed(@Nullable StorageFailure reason) {
      told++;
      failure = reason;
      if (told > 1) {
        throw new AssertionError("told twice");
      }
    }

    boolean ended() {
      return told == 1;
    }

    boolean done() {
      return ended() && failure == null;
    }
  }
}
