package starling.node.storage;

import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keys and their newest sets on this node's disk. A set is opaque bytes with a version hash; the
 * owner joins it with the set that it replaces before it is appended, so of two records of a key
 * the later append counts.
 *
 * <p>All methods are called by the one owner of the node's state and never block on a write;
 * completions run on its executor, never inside the call. For each key, completions come in the
 * order of the appends, and reads see an append exactly from its completion on. An append that
 * completed as {@link Durability#SYNCED} survives any crash; {@link Durability#REPLICATED} survives
 * a kill of the process at once and power loss about 10 ms later.
 */
public interface Storage {
  /**
   * Appends a key's new set. Returns {@code null} if it is accepted; a rejected append has no
   * effect and {@code done} is not called. The set must not be changed afterwards.
   *
   * @param partition 0 to 65535
   * @throws IllegalArgumentException for a record beyond the configured size
   */
  @Nullable AppendRejection append(
      Key key, int partition, long versionHash, byte[] set, Durability durability, Completion done);

  /**
   * Appends the reaping of a key: to be called only when no replica needs its tombstone any more.
   * The record stays in the log as long as an older record of the key may be in it. Rejected as
   * {@link #append}.
   *
   * @param versionHash of the set that is reaped
   */
  @Nullable AppendRejection reap(Key key, int partition, long versionHash, Completion done);

  /**
   * Removes all keys of a range. Completes when neither a rebuild from the log nor the index finds
   * them; reads no longer see them from the moment that the record of the range tombstone is
   * durable. Later appends are not affected.
   */
  void drop(PositionRange range, Completion done);

  /**
   * Completes when everything that reads show now is durable, in any mode of append: a node calls
   * this before it reports a set as durable.
   */
  void sync(Completion done);

  /**
   * Answers the newest set, or {@code null}; may answer before the call returns. Either it throws,
   * for an error of the index for example, and never answers; or it answers exactly once, on the
   * owner's thread. For a record that no attempt could read, or whose checksum does not match, it
   * answers {@code null} after {@link StorageListener#onCorruptRange} was called; it never answers
   * an older record of the key instead.
   */
  void read(Key key, Consumer<@Nullable Stored> answer);

  /**
   * The version hash of the newest set that is not known to be damaged; reads no record. Throws as
   * {@link #read} does.
   */
  OptionalLong versionHash(Key key);

  /**
   * Finds keys of a range in order, beginning after {@code after} or with the first: about {@code
   * limit} of them, more only if many share a position. Answers later, on the owner's executor. A
   * key that is written or removed meanwhile may be left out or not. Throws instead of an answer,
   * or answers once, as {@link #read} does; a key whose record is damaged is left out.
   */
  void scan(PositionRange range, @Nullable Key after, int limit, Consumer<ScanPage> answer);

  /**
   * As {@link #scan}, with the sets of the wanted keys. Does not fill the cache of values. A key
   * whose record is damaged is left out, after {@link StorageListener#setAside} was called.
   */
  void scanSets(SetScan scan, Consumer<SetPage> answer);

  /** Whether the store holds no key. */
  boolean isEmpty();

  /** Whether the store holds, or ever held, a key of the bucket. */
  boolean containsBucket(String bucket);

  /**
   * Replaces a small named value atomically and durably. Of waiting saves of one name only the
   * latest is written, and completes the earlier ones too. Not ordered with appends.
   *
   * @param name of {@code a-z 0-9 -}, at most 64 characters
   */
  void saveMeta(String name, byte[] bytes, Completion done);

  /** The value that was last saved durably under the name. */
  byte @Nullable [] meta(String name);

  /**
   * The log position up to which all is durable. It only grows, also over restarts: no returned
   * value is above {@link StorageRecovery#end} of a later open of the same files.
   */
  long durableEnd();

  /** What opening found. */
  StorageRecovery recovery();

  /**
   * Corrupt ranges that are not handled, in the order in which they were found: before this
   * process, at its open, and since. A range stays in the list, also over restarts, until {@link
   * #recoveryHandled} names it. {@link StorageListener#onCorruptRange} reports additions only, so a
   * late consumer reads the list first and misses nothing.
   */
  List<CorruptRange> unhandledDamage();

  /**
   * Marks corrupt ranges as handled: their data was fetched from other replicas, or a durable
   * record says that it will be. Later opens no longer report these ranges, which stay quarantined.
   * Other ranges stay in {@link #unhandledDamage} and are reported again by the next open; a range
   * that is named twice, or unknown, has no effect.
   *
   * @param ranges exactly the ranges that were handled
   * @param loss whether {@link StorageRecovery#mayHaveLost} was handled too
   */
  void recoveryHandled(Collection<CorruptRange> ranges, boolean loss, Completion done);

  /**
   * Makes a snapshot of the store, by hard links, in {@code backup/<name>} of its directory; to be
   * copied elsewhere and, to restore it, to be opened like any store. A failure does not harm the
   * store.
   *
   * @param name letters, digits, dot, underscore and dash, at most 64
   */
  void snapshot(String name, Completion done);

  StorageStatistics statistics();

  /**
   * Why any append would be rejected now; null if it would be accepted, or rejected only for its
   * size or a full queue. A caller that must save metadata before it appends asks this first, since
   * a save waits where an append is rejected.
   */
  @Nullable AppendRejection refuses();

  /** Why the store failed, if it did. Reads of completed appends go on. */
  @Nullable StorageFailure failure();

  /** Rejects further appends, finishes accepted ones, marks the store clean, closes its files. */
  void close(Runnable done);
}
