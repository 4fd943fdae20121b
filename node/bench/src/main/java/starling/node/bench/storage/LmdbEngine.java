package starling.node.bench.storage;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.Txn;
import starling.node.storage.Completion;
import starling.node.storage.Key;

/** LMDB: a group is one write transaction, synced as it is by default. */
final class LmdbEngine implements Engine {
  /** Address space, not memory. */
  private static final long MAP_BYTES = 256L << 30;

  private final Env<ByteBuffer> env;
  private final Dbi<ByteBuffer> map;
  private final ByteBuffer key = ByteBuffer.allocateDirect(511);
  private final ByteBuffer asked = ByteBuffer.allocateDirect(511);
  private ByteBuffer value = ByteBuffer.allocateDirect(1 << 10);
  private final GroupCommit commits;

  LmdbEngine(Path directory, ClientLoop client) {
    env = Env.create().setMapSize(MAP_BYTES).setMaxDbs(1).open(directory.toFile());
    map = env.openDbi("values", DbiFlags.MDB_CREATE);
    commits = new GroupCommit("lmdb", client, this::commit);
  }

  private void commit(List<GroupCommit.Put> group) {
    try (Txn<ByteBuffer> txn = env.txnWrite()) {
      for (GroupCommit.Put put : group) {
        if (value.capacity() < put.value().length) {
          value = ByteBuffer.allocateDirect(put.value().length);
        }
        key.clear().put(put.key().bytes()).flip();
        value.clear().put(put.value()).flip();
        map.put(txn, key, value);
      }
      txn.commit();
    }
  }

  @Override
  public void put(Key key, byte[] value, Completion done) {
    commits.put(key, value, done);
  }

  @Override
  public byte @Nullable [] get(Key key) {
    try (Txn<ByteBuffer> txn = env.txnRead()) {
      asked.clear().put(key.bytes()).flip();
      ByteBuffer found = map.get(txn, asked);
      if (found == null) {
        return null;
      }
      byte[] copy = new byte[found.remaining()];
      found.get(copy);
      return copy;
    }
  }

  @Override
  public void close() {
    commits.close();
    env.close();
  }
}
