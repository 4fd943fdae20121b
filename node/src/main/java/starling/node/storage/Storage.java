package starling.node.storage;

import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keys and their newest sets on this node's disk. A set is opaque bytes with a version hash; the
 * owner has joined it with whatever it replaces before it is appended, so of two records of a key
 * the later append is the one that counts.
 *
 * <p>All methods are called by the one owner of the node's state and never block on a write;
 * completions come back on its executor, never inside the call. For each key, completions come in
 * the order of the appends, and reads see an append exactly from its completion on. What was
 * completed as {@link Durability#SYNCED} is there after any crash; {@link Durability#REPLICATED}
 * survives a kill of the process at once and power loss about 10 ms later.
 */
public interface Storage {
  /**
   * Appends a key's new set. {@code false}: refused, nothing happened and {@code done} is not
   * called, because the queue is at its bound or the store has failed or is closing. The set must
   * not be changed afterwards.
   *
   * @param partition 0 to 65535
   * @throws IllegalArgumentException for a record beyond the configured size
   */
  boolean append(
      Key key, int partition, long versionHash, byte[] set, Durability durability, Completion done);

  /** The newest set, or {@code null}; may answer before it returns. */
  void read(Key key, Consumer<@Nullable Stored> answer);

  /** The version hash of the newest set; touches no disk. */
  OptionalLong versionHash(Key key);

  /** Keys of a partition in order, beginning after {@code after} or with the first. */
  void scan(int partition, @Nullable Key after, KeyVisitor visitor);

  /** All keys of a partition in order. */
  default void scan(int partition, KeyVisitor visitor) {
    scan(partition, null, visitor);
  }

  /** Keys in a partition. */
  long count(int partition);

  /** Keys in all partitions. */
  long count();

  boolean holdsBucket(String bucket);

  /**
   * Replaces a small named value in one step, durably. Of saves of one name that wait for the disk
   * only the latest is written, and completes the earlier ones too. In no order with appends.
   *
   * @param name of {@code a-z 0-9 -}, at most 64 characters
   */
  void saveMeta(String name, byte[] bytes, Completion done);

  /** What was last saved under the name, completed in this life or found at open. */
  byte @Nullable [] meta(String name);

  /** What opening found. */
  StorageRecovery recovery();

  /**
   * Says that what {@link #recovery} told has been noted durably; the next open is silent of it.
   */
  void recoveryHandled(Completion done);

  StorageStatistics statistics();

  /** Why the engine stopped, if it did. Reads of what was completed before go on. */
  @Nullable StorageFailure failure();

  /** Takes no more appends, finishes those it took, marks the store clean, closes its files. */
  void close(Runnable done);

  /** Receives the keys of a scan. Must not call back into the store. */
  @FunctionalInterface
  interface KeyVisitor {
    /** {@code false} ends the scan. */
    boolean visit(Key key, long versionHash);
  }
}
