package starling.node.bench.storage;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.mapdb.BTreeMap;
import org.mapdb.DB;
import org.mapdb.DBMaker;
import org.mapdb.Serializer;
import starling.node.storage.Completion;
import starling.node.storage.Key;

/**
 * A log kept in MapDB: records under growing numbers in a transactional map, one commit a group.
 * Nothing is found by its key, since only the writing of the log is compared.
 */
final class MapDbLogEngine implements Engine {
  private final DB db;
  private final BTreeMap<Long, byte[]> log;
  private final GroupCommit commits;
  private long next;

  MapDbLogEngine(Path directory, ClientLoop client) {
    db =
        DBMaker.fileDB(directory.resolve("log.mapdb").toFile())
            .fileChannelEnable()
            .transactionEnable()
            .make();
    log = requireNonNull(db.treeMap("log", Serializer.LONG, Serializer.BYTE_ARRAY).createOrOpen());
    Map.Entry<Long, byte[]> last = log.lastEntry();
    next = last == null ? 0 : last.getKey() + 1;
    commits = new GroupCommit("mapdb-log", client, this::commit);
  }

  private void commit(List<GroupCommit.Put> group) {
    for (GroupCommit.Put put : group) {
      byte[] key = put.key().bytes();
      ByteBuffer entry = ByteBuffer.allocate(2 + key.length + put.value().length);
      entry.putShort((short) key.length).put(key).put(put.value());
      log.put(next++, entry.array());
    }
    db.commit();
  }

  @Override
  public void put(Key key, byte[] value, Completion done) {
    commits.put(key, value, done);
  }

  @Override
  public byte @Nullable [] get(Key key) {
    throw new UnsupportedOperationException("a log alone finds no key");
  }

  @Override
  public void close() {
    commits.close();
    db.close();
  }
}
