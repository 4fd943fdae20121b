package starling.node.bench.storage;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.CompressionType;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import starling.node.storage.Completion;
import starling.node.storage.Key;

/**
 * RocksDB with its defaults, but uncompressed: a group is one write batch with a synced write. It
 * can be opened with recycled log files too, which spares its fsyncs the growing of the file and is
 * what prewritten segments compare with most closely.
 */
final class RocksDbEngine implements Engine {
  static {
    RocksDB.loadLibrary();
  }

  private final Options options;
  private final WriteOptions synced = new WriteOptions().setSync(true);
  private final WriteBatch batch = new WriteBatch();
  private final RocksDB db;
  private final GroupCommit commits;

  RocksDbEngine(Path directory, ClientLoop client, int recycledLogs) throws RocksDBException {
    options =
        new Options()
            .setCreateIfMissing(true)
            .setCompressionType(CompressionType.NO_COMPRESSION)
            .setRecycleLogFileNum(recycledLogs);
    db = RocksDB.open(options, directory.toString());
    commits = new GroupCommit("rocksdb", client, this::commit);
  }

  private void commit(List<GroupCommit.Put> group) throws RocksDBException {
    batch.clear();
    for (GroupCommit.Put put : group) {
      batch.put(put.key().bytes(), put.value());
    }
    db.write(synced, batch);
  }

  @Override
  public void put(Key key, byte[] value, Completion done) {
    commits.put(key, value, done);
  }

  @Override
  public byte @Nullable [] get(Key key) throws RocksDBException {
    return db.get(key.bytes());
  }

  @Override
  public void close() {
    commits.close();
    batch.close();
    synced.close();
    db.close();
    options.close();
  }
}
