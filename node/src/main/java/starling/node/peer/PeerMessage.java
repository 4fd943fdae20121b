package starling.node.peer;

import java.util.BitSet;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.node.storage.Durability;
import starling.node.storage.Key;
import starling.node.storage.Refused;
import starling.node.version.IdempotencyKey;
import starling.node.version.Past;

/**
 * What nodes say to each other about keys. Each question carries a call number that its answer
 * repeats, how long the asker will wait, and the hash of the ring the asker decided by; a node that
 * knows another ring answers {@link OtherRing} and does nothing. A question about a key carries the
 * hash of the bucket's register that the asker decided by, 0 where it has none; a node that has
 * another one answers {@link OtherBucket} and does nothing.
 *
 * <p>An answer that never comes means that nobody knows what happened. {@link Declined}, {@link
 * OtherRing} and {@link OtherBucket} mean that surely nothing did.
 */
public sealed interface PeerMessage {
  /** The number of the call, drawn by the asker. */
  long call();

  /** A question, to be answered by exactly one {@link Answer}. */
  sealed interface Question extends PeerMessage {
    /** How long the asker will wait, in milliseconds from now. */
    int remainingMillis();

    /** The ring the asker decided by; 0 where it does not matter. */
    long ring();
  }

  /** The end of a call. */
  sealed interface Answer extends PeerMessage {}

  /** What a {@link Fetch} asks for. */
  enum Part {
    /** The whole set, as far as it is durable. */
    WHOLE,
    /** Only its version hash. */
    DIGEST,
    /** What the newest appended set has seen, durable or not; only if it is another than known. */
    PAST
  }

  /** Why a set is sent to be stored. */
  enum Purpose {
    /** It carries a client's write, which waits for the answer. */
    WRITE,
    /** It mends a replica that was seen to differ. */
    REPAIR
  }

  /**
   * Asks what a node has of a key.
   *
   * @param knownHash with {@link Part#PAST}: the version hash of the asker's set
   * @param idempotency with {@link Part#PAST}: the name of a write that may have been made before
   */
  record Fetch(
      long call,
      int remainingMillis,
      long ring,
      long register,
      String requestId,
      Key key,
      Part part,
      long knownHash,
      @Nullable IdempotencyKey idempotency)
      implements Question {}

  /**
   * Sends a whole set to be merged.
   *
   * @param standsFor the primary that the receiver stands in for; null where it is one itself
   */
  record Store(
      long call,
      int remainingMillis,
      long ring,
      long register,
      String requestId,
      Key key,
      Purpose purpose,
      Durability durability,
      boolean lww,
      @Nullable UUID standsFor,
      byte[] set)
      implements Question {}

  /**
   * Hands a write to a node that keeps the key.
   *
   * @param standIn whether the receiver is to coordinate as a fallback, since no primary answers
   */
  record HandOn(
      long call,
      int remainingMillis,
      long ring,
      long register,
      boolean standIn,
      WriteRequest request)
      implements Question {}

  /** Asks a peer that was not heard of for a while whether it acts on what it is sent. */
  record Probe(long call, int remainingMillis, long ring) implements Question {}

  /** Brings hints to a primary that they were kept for. */
  record Deliver(long call, int remainingMillis, long ring, List<Entry> entries)
      implements Question {
    public Deliver {
      entries = List.copyOf(entries);
    }

    /** One key's whole set. */
    public record Entry(Key key, long register, boolean lww, byte[] set) {}
  }

  /** Asks a primary which sets it durably holds exactly so, before their hints are removed. */
  record CheckHints(long call, int remainingMillis, long ring, List<Digest> entries)
      implements Question {
    public CheckHints {
      entries = List.copyOf(entries);
    }

    /** A key and the version hash of its set. */
    public record Digest(Key key, long register, long hash) {}
  }

  /** Asks for one fact to be merged and made durable before the answer. */
  record KeepFact(long call, int remainingMillis, long ring, String name, byte[] value)
      implements Question {}

  /**
   * Asks a member of an unwritten ring to hold still: from its answer on it takes no request below
   * this ring version.
   */
  record HoldStill(long call, int remainingMillis, long ring, long version) implements Question {}

  /**
   * Asks a member that holds nothing of a bucket to take nothing until its properties have come.
   */
  record HoldBucket(long call, int remainingMillis, long ring, String bucket) implements Question {}

  /**
   * Asks for the keys of a partition, with their version hashes, from a position on.
   *
   * @param registers all registers of buckets that the asker has, as one hash
   */
  record ListKeys(
      long call, int remainingMillis, long ring, long registers, int partition, @Nullable Key after)
      implements Question {}

  /** Asks in which partitions a node holds, or has held in its present process, hints. */
  record ListHints(long call, int remainingMillis, long ring) implements Question {}

  /** The asker no longer waits for this call. */
  record Forget(long call) implements PeerMessage {}

  /**
   * Brings nothing but the clock that every frame carries, where no other frame was sent lately.
   */
  record ClockNotice(long call) implements PeerMessage {}

  /** Answers {@link Fetch} for a set or a digest. */
  record Holds(long call, boolean complete, long hash, byte @Nullable [] set) implements Answer {}

  /**
   * Answers {@link Fetch} for a past.
   *
   * @param complete whether the replica has forgotten nothing, as far as it knows
   * @param past null when it is the one known
   * @param again the whole newest set if the write that was named has made an event in it, else
   *     null
   */
  record HasSeen(long call, boolean complete, @Nullable Past past, byte @Nullable [] again)
      implements Answer {}

  /** The set is merged and as durable as was asked. */
  record Took(long call) implements Answer {}

  /** Answers {@link Deliver}: which of the entries, by place, are merged and fsynced. */
  record Delivered(long call, BitSet took) implements Answer {}

  /** Answers {@link CheckHints}: which of the entries, by place, are held so and fsynced. */
  record Held(long call, BitSet held) implements Answer {}

  /** The outcome of a {@link HandOn}. */
  record Outcome(long call, WriteOutcome outcome) implements Answer {}

  /** The fact is durable; or the member holds still; or the peer is there. */
  record Done(long call) implements Answer {}

  /** Answers {@link ListKeys}: keys in order, and whether they are the last. */
  record Keys(long call, boolean complete, boolean last, Key[] keys, long[] hashes)
      implements Answer {}

  /** Answers {@link ListHints}: in these partitions and no others the node may have held hints. */
  record HintPartitions(long call, BitSet partitions) implements Answer {
    public HintPartitions {
      partitions = (BitSet) partitions.clone();
    }
  }

  /** Surely nothing was done, and why. */
  record Declined(long call, Reason reason, String detail) implements Answer {}

  /** Surely nothing was done: the rings differ. Here is all that is known about mine. */
  record OtherRing(long call, byte[] facts) implements Answer {}

  /**
   * Surely nothing was done: the registers of the bucket differ.
   *
   * @param register mine; empty where I have none
   */
  record OtherBucket(long call, String bucket, byte[] register) implements Answer {}

  /**
   * How a message that is longer than a frame travels. The number is that of the message among all
   * that its sender cut into chunks, in whichever direction this one goes.
   */
  sealed interface Chunked extends PeerMessage {}

  /** A message of this length is to be sent in chunks, when the receiver asks for them. */
  record ChunkOffer(long call, long length) implements Chunked {}

  /**
   * Bytes of the message.
   *
   * @param at where in it they begin
   */
  record Chunk(long call, long at, byte[] bytes) implements Chunked {}

  /** The receiver has room for the message, and has so many bytes of it: more may be sent. */
  record ChunkRequest(long call, long arrived) implements Chunked {}

  /** The sender has given the message up. */
  record ChunkWithdrawal(long call) implements Chunked {}

  /** The receiver takes nothing more of the message, and acts on none of it. */
  record ChunkRejection(long call, Reason reason, String detail) implements Chunked {}

  /** Why a question was declined. */
  enum Reason {
    NOT_READY,
    OVERLOADED,
    STORAGE_FAILED,
    NOT_MINE,
    INCOMPLETE,
    HOLDS_DATA,
    TOO_LATE,
    STORAGE_FULL,
    HINTS_FULL,
    /** An error inside the node. */
    FAILED,
    /** It can never be received here: the memory for it may not be set aside. */
    TOO_LARGE;

    public static Reason of(Refused why) {
      return switch (why) {
        case QUEUE_FULL -> OVERLOADED;
        case STALLED -> NOT_READY;
        case DISK_FULL -> STORAGE_FULL;
        case STOPPED, UNREADABLE -> STORAGE_FAILED;
        case FAILED -> Reason.FAILED;
      };
    }
  }
}
