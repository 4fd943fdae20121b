package starling.node.peer.message;

import starling.node.version.MalformedException;

/**
 * The kinds of message. The index of a kind in this list is its code on the wire: new ones are
 * added at the end.
 */
// Readers are references to static methods: they have no state.
@SuppressWarnings("ImmutableEnumChecker")
public enum Kind {
  FETCH(Fetch::read),
  STORE(Store::read, Store::skipToSet),
  FORWARD_WRITE(ForwardWrite::read),
  KEEP_FACT(KeepFact::read, Extensions.SKIPPED),
  HOLD_STILL(HoldStill::read, Extensions.SKIPPED),
  FENCE_BUCKET(FenceBucket::read, Extensions.SKIPPED),
  LIST_KEYS(ListKeys::read, Extensions.SKIPPED),
  FORGET(Forget::read),
  HOLDS(Holds::read, Holds::skipToSet),
  HAS_SEEN(HasSeen::read),
  TOOK(Took::read),
  FORWARD_OUTCOME(ForwardOutcome::read),
  DONE(Done::read, Extensions.SKIPPED),
  KEY_PAGE(KeyPage::read),
  DECLINED(Declined::read, Extensions.SKIPPED),
  OTHER_RING(OtherRing::read, Extensions.SKIPPED),
  PROBE(Probe::read, Extensions.SKIPPED),
  DELIVER(Deliver::read, Deliver::skipToSet),
  DELIVERED(Delivered::read),
  CHECK_HINTS(CheckHints::read),
  HINTS_HELD(HintsHeld::read),
  OTHER_BUCKET(OtherBucket::read, Extensions.SKIPPED),
  LIST_HINTS(ListHints::read, Extensions.SKIPPED),
  HINT_PARTITIONS(HintPartitions::read, Extensions.SKIPPED),
  CLOCK_NOTICE(ClockNotice::read, Extensions.SKIPPED),
  CHUNK_OFFER(ChunkOffer::read),
  CHUNK(Chunk::read),
  CHUNK_REQUEST(ChunkRequest::read),
  CHUNK_WITHDRAWAL(ChunkWithdrawal::read),
  CHUNK_REJECTION(ChunkRejection::read),
  LIST_ENTRIES(ListEntries::read, Extensions.SKIPPED),
  ENTRY_PAGE(EntryPage::read);

  /** Reads the fields after the number of the call. */
  interface Reader {
    PeerMessage read(long call, MessageReader in);
  }

  /** Reads up to the length of the set that a message ends with. */
  interface Skipper {
    /** False where the message does not end with a set. */
    boolean skipToSet(MessageReader in);
  }

  private static final Kind[] KINDS = values();

  /** Whether fields may follow those that this version knows. */
  private enum Extensions {
    /** No: data messages are as short as can be. */
    NONE,
    /** Yes: what a later version adds is skipped. */
    SKIPPED
  }

  private final Reader reader;
  private final Skipper skipper;
  private final Extensions extensions;

  Kind(Reader reader) {
    this(reader, in -> false, Extensions.NONE);
  }

  Kind(Reader reader, Skipper skipper) {
    this(reader, skipper, Extensions.NONE);
  }

  Kind(Reader reader, Extensions extensions) {
    this(reader, in -> false, extensions);
  }

  Kind(Reader reader, Skipper skipper, Extensions extensions) {
    this.reader = reader;
    this.skipper = skipper;
    this.extensions = extensions;
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
    PeerMessage message = reader.read(call, in);
    if (extensible()) {
      var unusedLaterFields = in.bytes("the extension area");
    }
    return message;
  }

  /**
   * Whether messages of this kind end with an extension area: a length and as many bytes, which a
   * node of an earlier version skips. This version writes an empty one.
   */
  public boolean extensible() {
    return extensions == Extensions.SKIPPED;
  }

  /** Reads the fields before the length of the last set; false where there is no such set. */
  public boolean skipToSet(MessageReader in) {
    return skipper.skipToSet(in);
  }
}
