package starling.node.bench.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.mapdb.BTreeMap;
import org.mapdb.DB;
import org.mapdb.DBMaker;
import org.mapdb.Serializer;
import starling.node.storage.Completion;
import starling.node.storage.Durability;
import starling.node.storage.Key;
import starling.node.storage.PositionRange;
import starling.node.storage.AppendRejection;
import starling.node.storage.ScanPage;
import starling.node.storage.Storage;
import starling.node.storage.StorageFailure;
import starling.node.storage.StorageRecovery;
import starling.node.storage.StorageStatistics;
import starling.node.storage.Stored;

/**
 * The store's port over MapDB taken literally: sets are values of a transactional BTreeMap, and one
 * commit with its two fsyncs makes a group durable. A baseline to measure against and nothing else:
 * MapDB never replays its write-ahead log, so a crash in a commit may lose everything; whatever the
 * comparison does not need is not there.
 *
 * <pre>
 * key: bucket as UTF-8 | 0 | key's bytes      value: u64 version hash | set
 * </pre>
 */
final class MapDbStorage implements Storage {
  private final DB db;
  private final BTreeMap<byte[], byte[]> sets;
  private final GroupCommit commits;
  private final ClientLoop owner;

  MapDbStorage(Path directory, ClientLoop owner) {
    this.owner = owner;
    db =
        DBMaker.fileDB(directory.resolve("sets.mapdb").toFile())
            .fileChannelEnable()
            .transactionEnable()
            .make();
    sets = db.treeMap("sets", Serializer.BYTE_ARRAY, Serializer.BYTE_ARRAY).createOrOpen();
    commits = new GroupCommit("mapdb", owner, this::commit);
  }

  private void commit(List<GroupCommit.Put> group) {
    for (GroupCommit.Put put : group) {
      sets.put(keyOf(put.key()), put.value());
    }
    db.commit();
  }

  private static byte[] keyOf(Key key) {
    byte[] bucket = key.bucket().getBytes(UTF_8);
    ByteBuffer joined = ByteBuffer.allocate(bucket.length + 1 + key.bytes().length);
    return joined.put(bucket).put((byte) 0).put(key.bytes()).array();
  }

  /** Synced whatever is asked: there is no other way to commit. */
  @Override
  public @Nullable AppendRejection append(
      Key key,
      int partition,
      long versionHash,
      byte[] set,
      Durability durability,
      Completion done) {
    byte[] value = ByteBuffer.allocate(8 + set.length).putLong(versionHash).put(set).array();
    commits.put(key, value, done);
    return null;
  }

  @Override
  public void read(Key key, Consumer<@Nullable Stored> answer) {
    byte[] value = sets.get(keyOf(key));
    if (value == null) {
      answer.accept(null);
      return;
    }
    ByteBuffer parts = ByteBuffer.wrap(value);
    long versionHash = parts.getLong();
    byte[] set = new byte[parts.remaining()];
    parts.get(set);
    answer.accept(new Stored(versionHash, set));
  }

  @Override
  public OptionalLong versionHash(Key key) {
    byte[] value = sets.get(keyOf(key));
    return value == null ? OptionalLong.empty() : OptionalLong.of(ByteBuffer.wrap(value).getLong());
  }

  @Override
  public boolean isEmpty() {
    return sets.isEmpty();
  }

  @Override
  public void close(Runnable done) {
    commits.close();
    db.close();
    owner.execute(done);
  }

  @Override
  public @Nullable AppendRejection refuses() {
    return null;
  }

  @Override
  public @Nullable StorageFailure failure() {
    return null;
  }

  @Override
  public void scan(PositionRange range, @Nullable Key after, int limit, Consumer<ScanPage> answer) {
    throw missing();
  }

  @Override
  public @Nullable AppendRejection reap(Key key, int partition, long versionHash, Completion done) {
    throw missing();
  }

  @Override
  public void drop(PositionRange range, Completion done) {
    throw missing();
  }

  @Override
  public void snapshot(String name, Completion done) {
    throw missing();
  }

  @Override
  public boolean containsBucket(String bucket) {
    throw missing();
  }

  @Override
  public void saveMeta(String name, byte[] bytes, Completion done) {
    throw missing();
  }

  @Override
  public byte @Nullable [] meta(String name) {
    throw missing();
  }

  @Override
  public long durableEnd() {
    throw missing();
  }

  @Override
  public StorageRecovery recovery() {
    throw missing();
  }

  @Override
  public void recoveryHandled(Completion done) {
    throw missing();
  }

  @Override
  public StorageStatistics statistics() {
    throw missing();
  }

  private static UnsupportedOperationException missing() {
    return new UnsupportedOperationException("a baseline for puts and gets");
  }
}
