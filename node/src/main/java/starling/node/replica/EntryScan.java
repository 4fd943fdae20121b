package starling.node.replica;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.node.cluster.ClusterView;
import starling.node.peer.message.EntryPage;
import starling.node.peer.message.ListEntries;
import starling.node.storage.ContainedStorage;
import starling.node.storage.Key;
import starling.node.storage.PositionRange;
import starling.node.storage.SetPage;
import starling.node.storage.SetScan;
import starling.node.storage.Storage;
import starling.node.version.MalformedException;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;
import starling.ring.Ring;

/**
 * Lists the keys of this replica that hold a value, for this node's clients and those of others. It
 * answers for partitions in which it is complete, and for no others: a listing asks one replica of
 * each partition, and a key that this one has lost would be missing without a trace.
 */
public final class EntryScan {
  /** The most keys that one page looks at, so that a page takes few milliseconds. */
  public static final int MAX_KEYS = 1_000;

  /** A page ends when its sets have so many bytes. */
  static final int PAGE_BYTES = 512 << 10;

  /** A longer set is not part of a page: the caller reads it like a client. */
  static final int MAX_SET_BYTES = 256 << 10;

  private static final byte[] PRESENT = {};

  private final ClusterView cluster;
  private final LocalReplica local;
  private final Storage storage;

  public EntryScan(ClusterView cluster, LocalReplica local, Storage storage) {
    this.cluster = cluster;
    this.local = local;
    this.storage = storage;
  }

  /**
   * Answers with some keys of the range.
   *
   * @param failed runs if the keys cannot be listed
   */
  public void list(ListEntries asked, Consumer<EntryPage> done, Runnable failed) {
    Ring ring = cluster.ring();
    int first = ring.partition(asked.from());
    if (Long.compareUnsigned(asked.from(), asked.to()) > 0 || !local.complete(first)) {
      done.accept(EntryPage.incomplete(asked.call()));
      return;
    }
    int last = first;
    int most = ring.partition(asked.to());
    while (last < most && local.complete(last + 1)) {
      last++;
    }
    int bits = Integer.numberOfTrailingZeros(ring.partitions());
    long end = PositionRange.ofPartition(last, bits).last();
    PositionRange range =
        new PositionRange(
            asked.from(), Long.compareUnsigned(end, asked.to()) < 0 ? end : asked.to());
    Key after =
        asked.afterKey().length == 0
            ? null
            : new Key(asked.bucket(), asked.afterKey(), asked.from());
    int through = last;
    ContainedStorage.scanSets(
        storage,
        new SetScan(
            range,
            after,
            Math.max(1, Math.min(asked.maxKeys(), MAX_KEYS)),
            PAGE_BYTES,
            new Live(asked.bucket(), asked.prefix(), asked.values())),
        page -> done.accept(page(asked, range, first, through, page)),
        failed);
  }

  private EntryPage page(
      ListEntries asked, PositionRange range, int first, int last, SetPage page) {
    for (int partition = first; partition <= last; partition++) {
      if (!local.complete(partition)) {
        // Lost since the scan began, or found by it.
        return EntryPage.incomplete(asked.call());
      }
    }
    Key end = page.end();
    return new EntryPage(
        asked.call(),
        true,
        end == null && range.last() == -1L,
        end == null ? range.last() + 1 : end.position(),
        end == null ? new byte[0] : end.bytes(),
        page.entries().stream().map(entry -> entry.key().bytes()).toArray(byte[][]::new),
        asked.values()
            ? page.entries().stream().map(SetPage.Entry::kept).toArray(byte[][]::new)
            : new byte[0][]);
  }

  /** Keys of one bucket with a value. */
  private record Live(String bucket, byte[] prefix, boolean values) implements SetScan.Filter {
    @Override
    public boolean wanted(Key key) {
      byte[] bytes = key.bytes();
      return key.bucket().equals(bucket)
          && bytes.length >= prefix.length
          && Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
    }

    @Override
    public byte @Nullable [] kept(byte[] stored) {
      byte[] set = stored;
      try {
        set = StoredValue.setOf(stored);
        Siblings siblings = SiblingsCodec.decode(set);
        if (siblings.values().isEmpty()) {
          return null;
        }
      } catch (MalformedException e) {
        // The read of the key tells what is wrong with it.
        return PRESENT;
      }
      return values && set.length <= MAX_SET_BYTES ? set : PRESENT;
    }
  }
}
