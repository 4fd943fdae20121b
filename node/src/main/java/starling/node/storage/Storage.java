package starling.node.storage;

import java.util.Collection;
import java.util.List;
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
   * Appends a key's new set; {@code null}: taken. Refused, nothing happens and {@code done} is not
   * called. The set must not be changed afterwards.
   *
   * @param partition 0 to 65535
   * @throws IllegalArgumentException for a record beyond the configured size
   */
  @Nullable AppendRejection append(
      Key key, int partition, long versionHash, byte[] set, Durability durability, Completion done);

  /**
   * Appends that a key is gone: to be called only when no replica needs to know of it any more. The
   * record stays in the log as long as an older one of the key may be in it. Refused as {@link
   * #append}.
   *
   * @param versionHash of the set that goes
   */
  @Nullable AppendRejection reap(Key key, int partition, long versionHash, Completion done);

  /**
   * Forgets all keys of a range. Done when neither the log, read anew, nor the index knows them;
   * from the moment that its record is durable nobody sees them. What is appended meanwhile is not
   * part of it.
   */
  void drop(PositionRange range, Completion done);

  /**
   * Completes when everything that reads show now is durable, in whatever mode it was appended:
   * before it can say of a set that it is there for good, a node asks for this.
   */
  void sync(Completion done);

  /**
   * The newest set, or {@code null}; may answer before it returns. Either it throws, an error of
   * the index for one, and then it has not answered and never will; or it answers exactly once, on
   * the owner's thread. A record that no try could read, or whose checksum does not hold, is
   * answered with {@code null} after {@link StorageListener#setAside} told of it; no older record
   * of its key is ever answered in its place.
   */
  void read(Key key, Consumer<@Nullable Stored> answer);

  /**
   * The version hash of the newest set that is not known to be damaged; reads no record. Throws as
   * {@link #read} does.
   */
  OptionalLong versionHash(Key key);

  /**
   * Finds keys of a range in order, beginning after {@code after} or with the first: about {@code
   * limit} of them, more only where many share a position. Answers later, on the owner's executor.
   * A key that comes or goes meanwhile may be in or not. Throws instead of an answer, or answers
   * once, as {@link #read} does; a key whose record is damaged is left out.
   */
  void scan(PositionRange range, @Nullable Key after, int limit, Consumer<ScanPage> answer);

  /** Whether no key is held. */
  boolean isEmpty();

  /** Whether a key of the bucket is, or ever was, held. */
  boolean containsBucket(String bucket);

  /**
   * Replaces a small named value in one step, durably. Of saves of one name that wait for the disk
   * only the latest is written, and completes the earlier ones too. In no order with appends.
   *
   * @param name of {@code a-z 0-9 -}, at most 64 characters
   */
  void saveMeta(String name, byte[] bytes, Completion done);

  /** What was last saved under the name, completed in this life or found at open. */
  byte @Nullable [] meta(String name);

  /**
   * Up to where the log is durable. A number that only grows, also from one life to the next: none
   * that was told is above {@link StorageRecovery#end} of a later open of the same files.
   */
  long durableEnd();

  /** What opening found. */
  StorageRecovery recovery();

  /**
   * Damage that nobody has handled, in the order in which it was found: what earlier lives left
   * unhandled, what opening found, and what was found since. A range stays in the list, from one
   * life to the next, until {@link #recoveryHandled} names it. {@link StorageListener#setAside}
   * tells of additions only, so a consumer that comes late reads the list first and misses nothing.
   */
  List<CorruptRange> unhandledDamage();

  /**
   * Says that damage was handled: what it took away has been fetched from the other replicas, or
   * noted durably where it will be. Later opens no longer report these ranges, which stay
   * quarantined. Damage that is not named stays in {@link #unhandledDamage} and is reported again
   * by the next open; naming a range twice, or one that is unknown, does nothing.
   *
   * @param ranges exactly the ranges that were handled
   * @param loss whether {@link StorageRecovery#mayHaveLost} was handled too
   */
  void recoveryHandled(Collection<CorruptRange> ranges, boolean loss, Completion done);

  /**
   * Copies the store as it is, by hard links, to {@code backup/<name>} of its directory; to be
   * copied elsewhere and, to restore it, to be opened like any store. A failure leaves the store as
   * sound as it was.
   *
   * @param name letters, digits, dot, underscore and dash, at most 64
   */
  void snapshot(String name, Completion done);

  StorageStatistics statistics();

  /**
   * Why an append would be refused now, whatever it is; null where it would be taken, or refused
   * for its size or the queue alone. Who must save something before it can append asks this first,
   * since a save waits where an append is refused.
   */
  @Nullable AppendRejection refuses();

  /** Why the engine stopped, if it did. Reads of what was completed before go on. */
  @Nullable StorageFailure failure();

  /** Takes no more appends, finishes those it took, marks the store clean, closes its files. */
  void close(Runnable done);
}
