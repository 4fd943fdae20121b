package starling.node.quorum;

import org.jspecify.annotations.Nullable;
import starling.node.request.BucketProperties.Conflict;
import starling.node.version.Actor;
import starling.node.version.Content;
import starling.node.version.Context;
import starling.node.version.Dot;
import starling.node.version.HybridClock;
import starling.node.version.IdempotencyKey;
import starling.node.version.IdempotencyRecord;
import starling.node.version.Limits;
import starling.node.version.Past;
import starling.node.version.Siblings;
import starling.node.version.Version;

/**
 * The rule that makes an event: from the newest appended set of a key to the set that its owner
 * appends next. It decides nothing else: the coordinator decides whether this node may make an
 * event, where the set is stored, and the answer.
 *
 * <ol>
 *   <li>A write whose idempotency record is in the set makes no event again.
 *   <li>The event replaces the given past, with the twins of the versions that it covers, and
 *       nothing else: other versions of the set stay as siblings.
 *   <li>The event's counter is above every counter in the set and in the past. Without a lease for
 *       such a counter there is no event.
 *   <li>The event's actor is asked for only when nothing but a limit can prevent the event.
 *   <li>A set may grow beyond the limits by joins, never by an event, except one that resolves.
 * </ol>
 *
 * <p>Called within a step of the key's owner, which appends the result before the next step.
 */
public final class UpdateStep {
  /** The step's inputs from the node; each is called at most once, in this order. */
  public interface Sources {
    /**
     * What this replica stores of a set to which an event comes next: the set without the
     * idempotency records that it need not keep.
     *
     * @param before the newest appended set
     */
    Siblings storedWithNext(Siblings before, Siblings set);

    /** A counter above the floor, or {@link HybridClock#NO_LEASE}. */
    long nextCounter(long floor);

    /** The actor that this node writes as: its own, or one for hints. */
    Actor actor();
  }

  /** The result of the step. */
  public sealed interface Outcome permits Append, Repeat, Reject, NeedLease {}

  /**
   * The set with the event in it is appended.
   *
   * @param record the event's idempotency record, if its client gave the write an id
   */
  public record Append(Siblings set, Dot event, @Nullable IdempotencyRecord record)
      implements Outcome {}

  /**
   * The write has made its event before.
   *
   * @param set the newest set, which is appended once more
   */
  public record Repeat(Siblings set, IdempotencyRecord record) implements Outcome {}

  /** No event is made. */
  public enum Reject implements Outcome {
    /** The client sent another request under the same Idempotency-Key. */
    OTHER_REQUEST,
    /** The set holds as many young idempotency records as it may. */
    TOO_MANY_RECORDS,
    TOO_MANY_SIBLINGS,
    TOO_MANY_BYTES
  }

  /** No event is made before a lease of the hybrid clock is durable. */
  public enum NeedLease implements Outcome {
    NEED_LEASE
  }

  private UpdateStep() {}

  /**
   * Decides one step.
   *
   * @param appended the newest appended set of the key, fsynced or not
   * @param again a set that holds an event which this very write has made before, or the empty one
   * @param past what the event replaces, fixed before
   * @param known the record of the event that this very write has made before, if it is known
   */
  public static Outcome of(
      Siblings appended,
      Siblings again,
      Context past,
      Content content,
      Conflict conflict,
      @Nullable IdempotencyKey idempotency,
      @Nullable IdempotencyRecord known,
      Sources sources) {
    boolean latest = conflict == Conflict.LWW;
    Siblings newest =
        again.isEmpty() ? appended : latest ? appended.joinLatest(again) : appended.join(again);
    if (idempotency != null) {
      // A record once found stays found: the set may drop it in between.
      IdempotencyRecord there = idempotency.first(newest);
      IdempotencyRecord made = there == null ? known : there;
      if (made != null) {
        return made.requestHash() == idempotency.requestHash()
            ? new Repeat(newest, made)
            : Reject.OTHER_REQUEST;
      }
    }
    Siblings remembered = sources.storedWithNext(appended, newest.withMarksOf(past));
    if (idempotency != null && remembered.marks().size() >= IdempotencyRecord.MAX_YOUNG) {
      return Reject.TOO_MANY_RECORDS;
    }
    Past replaced = remembered.withTwins(past.past());
    long counter =
        sources.nextCounter(Math.max(newest.highestCounter(), replaced.highestCounter()));
    if (counter == HybridClock.NO_LEASE) {
      return NeedLease.NEED_LEASE;
    }
    Dot event = new Dot(sources.actor(), counter);
    Version version = new Version(event, content);
    Siblings written =
        latest ? remembered.writeLatest(replaced, version) : remembered.write(replaced, version);
    IdempotencyRecord record = idempotency == null ? null : idempotency.mark(event, replaced);
    Siblings after = record == null ? written : written.withMark(record);
    return switch (Limits.check(newest, after)) {
      case TAKEN -> new Append(after, event, record);
      case TOO_MANY_SIBLINGS -> Reject.TOO_MANY_SIBLINGS;
      case TOO_MANY_BYTES -> Reject.TOO_MANY_BYTES;
    };
  }
}
