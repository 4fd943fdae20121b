package starling.node.bench.storage;

import java.nio.file.Path;
import java.util.List;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.type.ByteArrayDataType;
import org.jspecify.annotations.Nullable;
import starling.node.storage.Completion;
import starling.node.storage.Key;

/** H2's MVStore: a group is put into its map, committed, and synced. */
final class MvStoreEngine implements Engine {
  private final MVStore store;
  private final MVMap<byte[], byte[]> map;
  private final GroupCommit commits;

  MvStoreEngine(Path directory, ClientLoop client) {
    String file = directory.resolve("store.mv").toString();
    store = new MVStore.Builder().fileName(file).autoCommitDisabled().open();
    map =
        store.openMap(
            "values",
            new MVMap.Builder<byte[], byte[]>()
                .keyType(ByteArrayDataType.INSTANCE)
                .valueType(ByteArrayDataType.INSTANCE));
    commits = new GroupCommit("h2", client, this::commit);
  }

  private void commit(List<GroupCommit.Put> group) {
    for (GroupCommit.Put put : group) {
      map.put(put.key().bytes(), put.value());
    }
    store.commit();
    store.sync();
  }

  @Override
  public void put(Key key, byte[] value, Completion done) {
    commits.put(key, value, done);
  }

  @Override
  public byte @Nullable [] get(Key key) {
    return map.get(key.bytes());
  }

  @Override
  public void close() {
    commits.close();
    store.close();
  }
}
