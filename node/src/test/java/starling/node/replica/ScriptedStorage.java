package starling.node.replica;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.node.storage.AppendRejection;
import starling.node.storage.Completion;
import starling.node.storage.CorruptRange;
import starling.node.storage.Durability;
import starling.node.storage.Key;
import starling.node.storage.PositionRange;
import starling.node.storage.ScanPage;
import starling.node.storage.SetPage;
import starling.node.storage.SetScan;
import starling.node.storage.Storage;
import starling.node.storage.StorageFailure;
import starling.node.storage.StorageRecovery;
import starling.node.storage.StorageStatistics;
import starling.node.storage.Stored;

/** A log of one test: it answers when it is told to, and throws what it is told to throw. */
public class ScriptedStorage implements Storage {
  /** A small value on its way to the disk. */
  public record Save(String name, byte[] bytes, Completion done) {}

  /** Reads that are not answered yet; empty where reads are answered at once. */
  public final Deque<Runnable> reads = new ArrayDeque<>();

  /** Appends that are not durable yet. */
  public final Deque<Runnable> appends = new ArrayDeque<>();

  /** Saves that are not durable yet; empty where they are durable at once. */
  public final Deque<Save> saves = new ArrayDeque<>();

  /** Syncs that have not ended. */
  public final Deque<Completion> syncs = new ArrayDeque<>();

  public final Map<String, byte[]> metas = new HashMap<>();
  public final List<String> damagedMetas = new ArrayList<>();
  public final NavigableMap<Key, Stored> held = new TreeMap<>();
  public boolean holdsReads;
  public boolean holdsSaves;
  public @Nullable Throwable onRead;
  public @Nullable Throwable onAppend;
  public boolean appendsAndThrows;
  public @Nullable AppendRejection refuses;
  public @Nullable StorageFailure failure;

  /** All appends so far, and those that they cause, become durable. */
  public void appendAll() {
    while (!appends.isEmpty()) {
      appends.remove().run();
    }
  }

  /** The oldest save becomes durable. */
  public void saveNext() {
    Save save = saves.remove();
    metas.put(save.name(), save.bytes());
    save.done().completed(null);
  }

  @SuppressWarnings("unchecked")
  private static <E extends Throwable> void toss(@Nullable Throwable error) throws E {
    if (error != null) {
      throw (E) error;
    }
  }

  @Override
  public @Nullable AppendRejection append(
      Key key,
      int partition,
      long versionHash,
      byte[] set,
      Durability durability,
      Completion done) {
    if (!appendsAndThrows) {
      toss(onAppend);
    }
    if (refuses != null) {
      return refuses;
    }
    appends.add(
        () -> {
          held.put(key, new Stored(versionHash, set));
          done.completed(null);
        });
    toss(onAppend);
    return null;
  }

  @Override
  public @Nullable AppendRejection reap(Key key, int partition, long versionHash, Completion done) {
    toss(onAppend);
    appends.add(
        () -> {
          held.remove(key);
          done.completed(null);
        });
    return null;
  }

  @Override
  public void read(Key key, Consumer<@Nullable Stored> answer) {
    toss(onRead);
    if (holdsReads) {
      reads.add(() -> answer.accept(held.get(key)));
    } else {
      answer.accept(held.get(key));
    }
  }

  @Override
  public OptionalLong versionHash(Key key) {
    Stored stored = held.get(key);
    return stored == null ? OptionalLong.empty() : OptionalLong.of(stored.versionHash());
  }

  @Override
  public void saveMeta(String name, byte[] bytes, Completion done) {
    toss(onAppend);
    saves.add(new Save(name, bytes, done));
    if (!holdsSaves) {
      saveNext();
    }
  }

  @Override
  public byte @Nullable [] meta(String name) {
    return metas.get(name);
  }

  @Override
  public void drop(PositionRange range, Completion done) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void scanSets(SetScan scan, Consumer<SetPage> answer) {
    toss(onRead);
    List<SetPage.Entry> entries = new ArrayList<>();
    Key end = null;
    Key after = scan.after();
    for (Map.Entry<Key, Stored> each :
        after == null ? held.entrySet() : held.tailMap(after, false).entrySet()) {
      Key key = each.getKey();
      if (scan.range().contains(key.position()) && scan.filter().wanted(key)) {
        if (entries.size() == scan.maxKeys()) {
          end = entries.get(entries.size() - 1).key();
          break;
        }
        byte[] kept = scan.filter().kept(each.getValue().set());
        if (kept != null) {
          entries.add(new SetPage.Entry(key, kept));
        }
      }
    }
    answer.accept(new SetPage(entries, end));
  }

  @Override
  public void scan(PositionRange range, @Nullable Key after, int limit, Consumer<ScanPage> answer) {
    toss(onRead);
    List<ScanPage.Entry> entries = new ArrayList<>();
    boolean last = true;
    for (Map.Entry<Key, Stored> each :
        after == null ? held.entrySet() : held.tailMap(after, false).entrySet()) {
      if (range.contains(each.getKey().position())) {
        last = entries.size() < limit;
        if (last) {
          entries.add(new ScanPage.Entry(each.getKey(), each.getValue().versionHash()));
        }
      }
    }
    answer.accept(new ScanPage(entries, last));
  }

  @Override
  public boolean isEmpty() {
    return held.isEmpty();
  }

  @Override
  public boolean containsBucket(String bucket) {
    return held.keySet().stream().anyMatch(key -> key.bucket().equals(bucket));
  }

  @Override
  public long durableEnd() {
    return 0;
  }

  @Override
  public StorageRecovery recovery() {
    return new StorageRecovery(true, 0, 0, List.of(), damagedMetas, null, 0);
  }

  @Override
  public void sync(Completion done) {
    syncs.add(done);
  }

  @Override
  public List<CorruptRange> unhandledDamage() {
    return List.of();
  }

  @Override
  public void recoveryHandled(Collection<CorruptRange> ranges, boolean loss, Completion done) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void snapshot(String name, Completion done) {
    throw new UnsupportedOperationException();
  }

  @Override
  public StorageStatistics statistics() {
    throw new UnsupportedOperationException();
  }

  @Override
  public @Nullable AppendRejection refuses() {
    return refuses;
  }

  @Override
  public @Nullable StorageFailure failure() {
    return failure;
  }

  @Override
  public void close(Runnable done) {
    done.run();
  }
}
