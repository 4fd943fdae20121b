package starling.gossip.detector;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.gossip.DepartureIntent;
import starling.gossip.Member;
import starling.gossip.Status;

/**
 * Decides which members are alive. A state machine with one owner: inputs are methods, time is an
 * argument, actions come out of {@link #drain()}, which is to be called after every input. Nothing
 * here reads a clock, opens a socket or starts a thread.
 *
 * <ol>
 *   <li>The same inputs and the same generator give the same actions.
 *   <li>A member is its id. A name or an address may pass to another member.
 *   <li>Of two statements about a member the one of the higher process incarnation holds; an
 *       incarnation is durable before it is used, and only grows.
 *   <li>After {@link DetectorAction.StepDown} nothing comes out any more.
 * </ol>
 */
public interface FailureDetector {
  /**
   * Begins to take part.
   *
   * @param contacts where members may be: seeds, and addresses of an earlier run
   */
  void start(List<Address> contacts, long nowNanos);

  /** Members that the caller knows already; each counts as alive until the detector learns more. */
  void introduce(List<Member> members, long nowNanos);

  /**
   * A packet came. Bytes that are no packet of this cluster change nothing and are counted.
   *
   * @param from the address to answer to
   * @param stream whether it came over a connection; the answer goes the same way
   */
  void onPacket(Address from, byte[] packet, boolean stream, long nowNanos);

  /** A connection to this address was refused: no process listens there now. */
  void onRefused(Address address, long nowNanos);

  /** No process of this member listens at its address now; perhaps one of another member does. */
  void onRefused(UUID id, long nowNanos);

  /** The number of {@link DetectorAction.PersistIncarnation} is durable. */
  void incarnationPersisted(long incarnation, long nowNanos);

  /**
   * Others remember this incarnation of this id from an earlier process, as after a data directory
   * was restored from a backup: raises the incarnation above it.
   */
  void raiseAbove(long incarnation, long nowNanos);

  /** To be called about every {@link #tickMillis()}. */
  void tick(long nowNanos);

  /** Announces the departure of this process, or of this member for good. */
  void leave(DepartureIntent intent, long nowNanos);

  /** Shuts a member out for good: nothing is accepted from it or about it. */
  void ban(UUID id, long nowNanos);

  int tickMillis();

  /** The actions since the last call, in order. */
  List<DetectorAction> drain();

  /** This member's own record, with its present incarnation. */
  Member self();

  /** All members, this one among them, ordered by id. */
  List<MemberSnapshot> members();

  /** A member's record; null if it is not known. */
  @Nullable Member member(UUID id);

  /** A member's status; null if it is not known. */
  @Nullable Status status(UUID id);

  /** Whether another member that has not left is known at this address. */
  boolean knows(Address address);

  /** Up to {@code count} others that are alive or suspect, at random, none twice. */
  List<Member> pick(int count, @Nullable UUID except);

  /** What was sent, received, dropped, probed and suspected since the start. */
  DetectorCounters counters();
}
