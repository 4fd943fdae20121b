package starling.node.peer.message;

import starling.node.version.MalformedException;

/**
 * The kinds of message. The place of a kind in this list is its code on the wire: new ones are
 * added at the end.
 */
// Readers are references to static methods: they have no state.
@SuppressWarnings("ImmutableEnumChecker")
public enum Kind {
  FETCH(Fetch::read),
  STORE(Store::read, Store::skipToSet),
  FORWARD_WRITE(ForwardWrite::read),
  KEEP_FACT(KeepFact::read),
  HOLD_STILL(HoldStill::read),
  FENCE_BUCKET(FenceBucket::read),
  LIST_KEYS(ListKeys::read),
  FORGET(Forget::read),
  HOLDS(Holds::read, Holds::skipToSet),
  HAS_SEEN(HasSeen::read),
  TOOK(Took::read),
  FORWARD_OUTCOME(ForwardOutcome::read),
  DONE(Done::read),
  KEY_PAGE(KeyPage::read),
  DECLINED(Declined::read),
  OTHER_RING(OtherRing::read),
  PROBE(Probe::read),
  DELIVER(Deliver::read, Deliver::skipToSet),
  DELIVERED(Delivered::read),
  CHECK_HINTS(CheckHints::read),
  HINTS_HELD(HintsHeld::read),
  OTHER_BUCKET(OtherBucket::read),
  LIST_HINTS(ListHints::read),
  HINT_PARTITIONS(HintPartitions::read),
  CLOCK_NOTICE(ClockNotice::read),
  CHUNK_OFFER(ChunkOffer::read),
  CHUNK(Chunk::read),
  CHUNK_REQUEST(ChunkRequest::read),
  CHUNK_WITHDRAWAL(ChunkWithdrawal::read),
  CHUNK_REJECTION(ChunkRejection::read);

  /** Reads the fields behind the number of the call. */
  interface Reader {
    PeerMessage read(long call, MessageReader in);
  }

  /** Reads up to the length of the set that a message ends with. */
  interface Skipper {
    /** False where the message does not end with a set. */
    boolean skipToSet(MessageReader in);
  }

  private static final Kind[] KINDS = values();

  private final Reader reader;
  private final Skipper skipper;

  Kind(Reader reader) {
    this(reader, in -> false);
  }

  Kind(Reader reader, Skipper skipper) {
    this.reader = reader;
    this.skipper = skipper;
  }

  /**
   * The kind with this code.
   *
   * @throws MalformedException if there is none
   */
  public static Kind of(int code) {
    if (code >= KINDS.length) {
      throw new MalformedException("unknown kind of peer message " + code);
    }
    return KINDS[code];
  }

  /** The code on the wire. */
  public int code() {
    return ordinal();
  }

  /**
   * Reads the fields of a message behind the number of its call.
   *
   * @throws MalformedException if they cannot be read
   */
  public PeerMessage read(long call, MessageReader in) {
    return reader.read(call, in);
  }

  /** Reads the fields before the length of the last set; false where there is no such set. */
  public boolean skipToSet(MessageReader in) {
    return skipper.skipToSet(in);
  }
}
