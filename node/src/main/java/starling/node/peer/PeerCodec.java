package starling.node.peer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.node.peer.PeerMessage.Part;
import starling.node.peer.PeerMessage.Purpose;
import starling.node.peer.PeerMessage.Reason;
import starling.node.request.Condition;
import starling.node.request.Keys;
import starling.node.request.Quorum;
import starling.node.request.Refusal;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.node.storage.Durability;
import starling.node.storage.Key;
import starling.node.version.BinaryReader;
import starling.node.version.BinaryWriter;
import starling.node.version.Content;
import starling.node.version.HybridClock;
import starling.node.version.IdempotencyKey;
import starling.node.version.MalformedException;
import starling.node.version.Past;
import starling.node.version.PastCodec;
import starling.wire.ProblemKind;

/**
 * Messages between nodes as bytes. They carry sets exactly as they stand in the log, so a set is
 * encoded once for the disk and all peers. By hand and not by a schema language: the sets are
 * opaque to one anyway, and what is left is a handful of fixed fields.
 *
 * <pre>
 *   05            format of peer messages
 *   02            kind: 01 Fetch, 02 Store, ... in the order of the Kind enum
 *   019f...       the sender's hybrid clock, 8 bytes big endian
 *   c5 01         call number, varint
 *   ...           the fields of the record in order; numbers as varints, hashes as 8 bytes big
 *                 endian, byte strings and texts with a varint length, flags and enums as one byte
 * </pre>
 *
 * <p>The clock is no part of a message: the sender enters it where the frame leaves, and the
 * receiver merges it where the frame arrives.
 *
 * <p>A message of another format, or with bytes left over, is refused with words.
 */
public final class PeerCodec {
  public static final int FORMAT = 5;

  /** Where the clock is in a frame. */
  private static final int CLOCK_AT = 2;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private enum Kind {
    FETCH,
    STORE,
    HAND_ON,
    KEEP_FACT,
    HOLD_STILL,
    HOLD_BUCKET,
    LIST_KEYS,
    FORGET,
    HOLDS,
    HAS_SEEN,
    TOOK,
    OUTCOME,
    DONE,
    KEYS,
    DECLINED,
    OTHER_RING,
    PROBE,
    DELIVER,
    DELIVERED,
    CHECK_HINTS,
    HELD,
    OTHER_BUCKET,
    LIST_HINTS,
    HINT_PARTITIONS,
    CLOCK_NOTICE,
    CHUNK_OFFER,
    CHUNK,
    CHUNK_REQUEST,
    CHUNK_WITHDRAWAL,
    CHUNK_REJECTION
  }

  private PeerCodec() {}

  /** Enters the sender's hybrid clock into a frame that has not left yet. */
  static void enterClock(byte[] frame, long clock) {
    LONGS.set(frame, CLOCK_AT, clock);
  }

  /** The hybrid clock of the sender, in a frame that {@link #decode} has accepted. */
  public static long clock(byte[] frame) {
    return (long) LONGS.get(frame, CLOCK_AT);
  }

  /** The message as a frame whose clock is still to be entered. */
  static byte[] encode(PeerMessage message) {
    return encode(message, true, 72 + payloadBytes(message));
  }

  /**
   * The set that a message ends with; null where it ends with something else. It is sent as it is,
   * so that one array serves all peers.
   */
  static byte @Nullable [] tail(PeerMessage message) {
    if (message instanceof PeerMessage.Store m) {
      return m.set();
    }
    if (message instanceof PeerMessage.Holds m) {
      return m.set();
    }
    return message instanceof PeerMessage.Deliver m && m.entries().size() == 1
        ? m.entries().get(0).set()
        : null;
  }

  /** All of a message but its tail. */
  static byte[] encodeHead(PeerMessage message) {
    return encode(message, false, 256);
  }

  private static byte[] encode(PeerMessage message, boolean whole, int expectedBytes) {
    BinaryWriter out = new BinaryWriter(expectedBytes);
    out.u8(FORMAT);
    if (message instanceof PeerMessage.Fetch m) {
      question(out, Kind.FETCH, m);
      out.i64(m.register());
      out.text(m.requestId());
      key(out, m.key());
      out.u8(m.part().ordinal());
      out.i64(m.knownHash());
      optionalIdempotency(out, m.idempotency());
    } else if (message instanceof PeerMessage.Store m) {
      question(out, Kind.STORE, m);
      out.i64(m.register());
      out.text(m.requestId());
      key(out, m.key());
      out.u8(m.purpose().ordinal());
      out.u8(m.durability().ordinal());
      flag(out, m.lww());
      optionalId(out, m.standsFor());
      tail(out, m.set(), whole);
    } else if (message instanceof PeerMessage.HandOn m) {
      question(out, Kind.HAND_ON, m);
      out.i64(m.register());
      flag(out, m.standIn());
      request(out, m.request());
    } else if (message instanceof PeerMessage.Probe m) {
      question(out, Kind.PROBE, m);
    } else if (message instanceof PeerMessage.Deliver m) {
      question(out, Kind.DELIVER, m);
      out.varint(m.entries().size());
      for (PeerMessage.Deliver.Entry entry : m.entries()) {
        key(out, entry.key());
        out.i64(entry.register());
        flag(out, entry.lww());
        tail(out, entry.set(), whole);
      }
    } else if (message instanceof PeerMessage.Delivered m) {
      head(out, Kind.DELIVERED, m);
      out.bytes(m.took().toByteArray());
    } else if (message instanceof PeerMessage.CheckHints m) {
      question(out, Kind.CHECK_HINTS, m);
      out.varint(m.entries().size());
      for (PeerMessage.CheckHints.Digest entry : m.entries()) {
        key(out, entry.key());
        out.i64(entry.register());
        out.i64(entry.hash());
      }
    } else if (message instanceof PeerMessage.Held m) {
      head(out, Kind.HELD, m);
      out.bytes(m.held().toByteArray());
    } else if (message instanceof PeerMessage.KeepFact m) {
      question(out, Kind.KEEP_FACT, m);
      out.text(m.name());
      out.bytes(m.value());
    } else if (message instanceof PeerMessage.HoldStill m) {
      question(out, Kind.HOLD_STILL, m);
      out.varint(m.version());
    } else if (message instanceof PeerMessage.HoldBucket m) {
      question(out, Kind.HOLD_BUCKET, m);
      out.text(m.bucket());
    } else if (message instanceof PeerMessage.ListKeys m) {
      question(out, Kind.LIST_KEYS, m);
      out.i64(m.registers());
      out.varint(m.partition());
      Key after = m.after();
      flag(out, after != null);
      if (after != null) {
        key(out, after);
      }
    } else if (message instanceof PeerMessage.ListHints m) {
      question(out, Kind.LIST_HINTS, m);
    } else if (message instanceof PeerMessage.HintPartitions m) {
      head(out, Kind.HINT_PARTITIONS, m);
      out.bytes(m.partitions().toByteArray());
    } else if (message instanceof PeerMessage.Forget m) {
      head(out, Kind.FORGET, m);
    } else if (message instanceof PeerMessage.ClockNotice m) {
      head(out, Kind.CLOCK_NOTICE, m);
    } else if (message instanceof PeerMessage.Holds m) {
      head(out, Kind.HOLDS, m);
      flag(out, m.complete());
      out.i64(m.hash());
      byte[] set = m.set();
      flag(out, set != null);
      if (set != null) {
        tail(out, set, whole);
      }
    } else if (message instanceof PeerMessage.HasSeen m) {
      head(out, Kind.HAS_SEEN, m);
      flag(out, m.complete());
      Past past = m.past();
      flag(out, past != null);
      if (past != null) {
        PastCodec.writePast(out, past);
      }
      byte[] again = m.again();
      flag(out, again != null);
      if (again != null) {
        out.bytes(again);
      }
    } else if (message instanceof PeerMessage.Took m) {
      head(out, Kind.TOOK, m);
    } else if (message instanceof PeerMessage.Outcome m) {
      head(out, Kind.OUTCOME, m);
      outcome(out, m.outcome());
    } else if (message instanceof PeerMessage.Done m) {
      head(out, Kind.DONE, m);
    } else if (message instanceof PeerMessage.Keys m) {
      head(out, Kind.KEYS, m);
      flag(out, m.complete());
      flag(out, m.last());
      out.varint(m.keys().length);
      for (int i = 0; i < m.keys().length; i++) {
        key(out, m.keys()[i]);
        out.i64(m.hashes()[i]);
      }
    } else if (message instanceof PeerMessage.Declined m) {
      head(out, Kind.DECLINED, m);
      out.u8(m.reason().ordinal());
      out.text(m.detail());
    } else if (message instanceof PeerMessage.OtherRing m) {
      head(out, Kind.OTHER_RING, m);
      out.bytes(m.facts());
    } else if (message instanceof PeerMessage.OtherBucket m) {
      head(out, Kind.OTHER_BUCKET, m);
      out.text(m.bucket());
      out.bytes(m.register());
    } else if (message instanceof PeerMessage.ChunkOffer m) {
      head(out, Kind.CHUNK_OFFER, m);
      out.varint(m.length());
    } else if (message instanceof PeerMessage.Chunk m) {
      head(out, Kind.CHUNK, m);
      out.varint(m.at());
      out.bytes(m.bytes());
    } else if (message instanceof PeerMessage.ChunkRequest m) {
      head(out, Kind.CHUNK_REQUEST, m);
      out.varint(m.arrived());
    } else if (message instanceof PeerMessage.ChunkWithdrawal m) {
      head(out, Kind.CHUNK_WITHDRAWAL, m);
    } else if (message instanceof PeerMessage.ChunkRejection m) {
      head(out, Kind.CHUNK_REJECTION, m);
      out.u8(m.reason().ordinal());
      out.text(m.detail());
    } else {
      throw new IllegalStateException("no encoding for " + message);
    }
    return out.toBytes();
  }

  /**
   * Reads a message.
   *
   * @throws MalformedException if the bytes are not one whole message of a known format
   */
  public static PeerMessage decode(byte[] frame) {
    return decode(frame, null);
  }

  /**
   * Where the set begins that a message ends with, which is then received into an array of its own
   * and decoded without being copied.
   *
   * @param first the first bytes of the message
   * @param length of all of it
   * @return -1 where it ends with no set, or these bytes do not tell yet
   */
  static int tailAt(byte[] first, long length) {
    try {
      BinaryReader in = new BinaryReader(first);
      int format = in.u8("a field");
      Kind kind = one(Kind.values(), in.u8("a field"), "kind of peer message");
      var unusedClock = in.i64("a clock");
      var unusedCall = in.varint("a number");
      boolean ends = format == FORMAT && skipToTail(in, kind);
      long bytes = ends ? in.varint("a length") : 0;
      return ends && in.position() + bytes == length ? in.position() : -1;
    } catch (MalformedException | IllegalArgumentException e) {
      return -1;
    }
  }

  /** Reads all fields before the length of the set; false if the message does not end with one. */
  private static boolean skipToTail(BinaryReader in, Kind kind) {
    if (kind == Kind.HOLDS) {
      var unusedComplete = flag(in);
      var unusedHash = in.i64("a hash");
      return flag(in);
    }
    if (kind != Kind.STORE && kind != Kind.DELIVER) {
      return false;
    }
    var unusedMillis = millis(in);
    var unusedRing = in.i64("a hash");
    if (kind == Kind.DELIVER) {
      if (in.varint("the number of hints") != 1) {
        return false;
      }
      var unusedKey = key(in);
      var unusedRegister = in.i64("a hash");
      var unusedLatest = flag(in);
      return true;
    }
    var unusedRegister = in.i64("a hash");
    var unusedRequest = in.text("a request id");
    var unusedKey = key(in);
    var unusedPurpose = in.u8("a field");
    var unusedDurability = in.u8("a field");
    var unusedLatest = flag(in);
    var unusedFallback = optionalId(in);
    return true;
  }

  /**
   * The same of a message whose set has come apart from the rest.
   *
   * @param tail from {@link #tailAt} on; null where the frame is all
   */
  public static PeerMessage decode(byte[] frame, byte @Nullable [] tail) {
    try {
      return decode(new BinaryReader(frame), tail);
    } catch (IllegalArgumentException | ArithmeticException e) {
      // Readable, but not what a field may hold.
      throw new MalformedException("a peer message: " + e.getMessage());
    }
  }

  private static PeerMessage decode(BinaryReader in, byte @Nullable [] tail) {
    int format = in.u8("a field");
    if (format != FORMAT) {
      throw new MalformedException(
          "a peer message of format " + format + "; this node reads format " + FORMAT);
    }
    Kind kind = one(Kind.values(), in.u8("a field"), "kind of peer message");
    long clock = in.i64("a clock");
    if (clock < 0 || clock > HybridClock.MAX_COUNTER) {
      throw new MalformedException("a peer message with the clock " + clock + ", which none shows");
    }
    long call = in.varint("a number");
    PeerMessage message =
        switch (kind) {
          case FETCH ->
              new PeerMessage.Fetch(
                  call,
                  millis(in),
                  in.i64("a hash"),
                  in.i64("a hash"),
                  in.text("a request id"),
                  key(in),
                  one(Part.values(), in.u8("a field"), "part"),
                  in.i64("a hash"),
                  optionalIdempotency(in));
          case STORE ->
              new PeerMessage.Store(
                  call,
                  millis(in),
                  in.i64("a hash"),
                  in.i64("a hash"),
                  in.text("a request id"),
                  key(in),
                  one(Purpose.values(), in.u8("a field"), "purpose"),
                  one(Durability.values(), in.u8("a field"), "durability"),
                  flag(in),
                  optionalId(in),
                  set(in, tail));
          case HAND_ON ->
              new PeerMessage.HandOn(
                  call, millis(in), in.i64("a hash"), in.i64("a hash"), flag(in), request(in));
          case KEEP_FACT ->
              new PeerMessage.KeepFact(
                  call, millis(in), in.i64("a hash"), in.text("a text"), in.bytes("a byte string"));
          case HOLD_STILL ->
              new PeerMessage.HoldStill(call, millis(in), in.i64("a hash"), in.varint("a number"));
          case HOLD_BUCKET ->
              new PeerMessage.HoldBucket(call, millis(in), in.i64("a hash"), in.text("a text"));
          case LIST_KEYS ->
              new PeerMessage.ListKeys(
                  call,
                  millis(in),
                  in.i64("a hash"),
                  in.i64("a hash"),
                  Math.toIntExact(in.varint("a number")),
                  flag(in) ? key(in) : null);
          case FORGET -> new PeerMessage.Forget(call);
          case CLOCK_NOTICE -> new PeerMessage.ClockNotice(call);
          case HOLDS ->
              new PeerMessage.Holds(
                  call, flag(in), in.i64("a hash"), flag(in) ? set(in, tail) : null);
          case HAS_SEEN ->
              new PeerMessage.HasSeen(
                  call,
                  flag(in),
                  flag(in) ? PastCodec.readPast(in) : null,
                  flag(in) ? in.bytes("a byte string") : null);
          case TOOK -> new PeerMessage.Took(call);
          case OUTCOME -> new PeerMessage.Outcome(call, outcome(in));
          case DONE -> new PeerMessage.Done(call);
          case KEYS -> keys(call, in);
          case DECLINED ->
              new PeerMessage.Declined(
                  call, one(Reason.values(), in.u8("a field"), "reason"), in.text("a text"));
          case OTHER_RING -> new PeerMessage.OtherRing(call, in.bytes("a byte string"));
          case OTHER_BUCKET ->
              new PeerMessage.OtherBucket(call, in.text("a text"), in.bytes("a byte string"));
          case PROBE -> new PeerMessage.Probe(call, millis(in), in.i64("a hash"));
          case DELIVER ->
              new PeerMessage.Deliver(call, millis(in), in.i64("a hash"), entries(in, tail));
          case DELIVERED ->
              new PeerMessage.Delivered(call, BitSet.valueOf(in.bytes("a byte string")));
          case CHECK_HINTS ->
              new PeerMessage.CheckHints(call, millis(in), in.i64("a hash"), hashes(in));
          case HELD -> new PeerMessage.Held(call, BitSet.valueOf(in.bytes("a byte string")));
          case LIST_HINTS -> new PeerMessage.ListHints(call, millis(in), in.i64("a hash"));
          case HINT_PARTITIONS ->
              new PeerMessage.HintPartitions(call, BitSet.valueOf(in.bytes("a byte string")));
          case CHUNK_OFFER -> new PeerMessage.ChunkOffer(call, in.varint("a length"));
          case CHUNK ->
              new PeerMessage.Chunk(call, in.varint("a place"), in.bytes("a byte string"));
          case CHUNK_REQUEST -> new PeerMessage.ChunkRequest(call, in.varint("a length"));
          case CHUNK_WITHDRAWAL -> new PeerMessage.ChunkWithdrawal(call);
          case CHUNK_REJECTION ->
              new PeerMessage.ChunkRejection(
                  call, one(Reason.values(), in.u8("a field"), "reason"), in.text("a text"));
        };
    in.end("a peer message");
    return message;
  }

  private static void tail(BinaryWriter out, byte[] set, boolean whole) {
    out.varint(set.length);
    if (whole) {
      out.raw(set);
    }
  }

  /** A set in the message, or behind it. */
  private static byte[] set(BinaryReader in, byte @Nullable [] tail) {
    if (tail == null) {
      return in.bytes("a byte string");
    }
    if (in.varint("a length") != tail.length || in.remaining() > 0) {
      throw new MalformedException("a set that does not end its message");
    }
    return tail;
  }

  private static int payloadBytes(PeerMessage message) {
    if (message instanceof PeerMessage.Store m) {
      return m.set().length + 128;
    }
    if (message instanceof PeerMessage.Deliver m) {
      return m.entries().stream().mapToInt(entry -> entry.set().length + 128).sum();
    }
    if (message instanceof PeerMessage.CheckHints m) {
      return m.entries().size() * 64;
    }
    if (message instanceof PeerMessage.Holds m) {
      byte[] set = m.set();
      return set == null ? 0 : set.length;
    }
    if (message instanceof PeerMessage.Chunk m) {
      return m.bytes().length;
    }
    if (message instanceof PeerMessage.HandOn m) {
      return m.request().content().valueBytes() + 256;
    }
    return 64;
  }

  private static void head(BinaryWriter out, Kind kind, PeerMessage message) {
    out.u8(kind.ordinal());
    out.i64(0);
    out.varint(message.call());
  }

  private static void question(BinaryWriter out, Kind kind, PeerMessage.Question question) {
    head(out, kind, question);
    out.varint(question.remainingMillis());
    out.i64(question.ring());
  }

  private static int millis(BinaryReader in) {
    return (int) Math.min(Integer.MAX_VALUE, in.varint("a number"));
  }

  private static void key(BinaryWriter out, Key key) {
    out.text(key.bucket());
    out.bytes(key.bytes());
  }

  /** The position is computed here again: a node places keys by its own arithmetic only. */
  private static Key key(BinaryReader in) {
    String bucket = in.text("a text");
    byte[] bytes = in.bytes("a byte string");
    return Keys.of(bucket, bytes);
  }

  private static List<PeerMessage.Deliver.Entry> entries(BinaryReader in, byte @Nullable [] tail) {
    int count = hints(in, tail);
    List<PeerMessage.Deliver.Entry> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      entries.add(
          new PeerMessage.Deliver.Entry(key(in), in.i64("a hash"), flag(in), set(in, tail)));
    }
    return entries;
  }

  /**
   * A set that came apart is that of the only hint, and no longer among the bytes that are left.
   */
  private static int hints(BinaryReader in, byte @Nullable [] tail) {
    String what = "the number of hints";
    if (tail == null) {
      return in.count(5, what);
    }
    return in.count(1, what);
  }

  private static List<PeerMessage.CheckHints.Digest> hashes(BinaryReader in) {
    int count = in.count(10, "the number of hints");
    List<PeerMessage.CheckHints.Digest> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      entries.add(new PeerMessage.CheckHints.Digest(key(in), in.i64("a hash"), in.i64("a hash")));
    }
    return entries;
  }

  private static PeerMessage.Keys keys(long call, BinaryReader in) {
    boolean complete = flag(in);
    boolean last = flag(in);
    int count = in.count(10, "the number of keys");
    List<Key> keys = new ArrayList<>();
    List<Long> hashes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      keys.add(key(in));
      hashes.add(in.i64("a hash"));
    }
    return new PeerMessage.Keys(
        call,
        complete,
        last,
        keys.toArray(Key[]::new),
        hashes.stream().mapToLong(Long::longValue).toArray());
  }

  private static void request(BinaryWriter out, WriteRequest request) {
    out.text(request.requestId());
    out.text(request.bucket());
    out.bytes(request.key());
    content(out, request.content());
    optionalText(out, request.context());
    condition(out, request.condition());
    options(out, request.options());
    optionalIdempotency(out, request.idempotency());
  }

  private static WriteRequest request(BinaryReader in) {
    return new WriteRequest(
        in.text("a text"),
        in.text("a text"),
        in.bytes("a byte string"),
        content(in),
        optionalText(in),
        condition(in),
        options(in),
        optionalIdempotency(in));
  }

  private static void optionalIdempotency(BinaryWriter out, @Nullable IdempotencyKey key) {
    flag(out, key != null);
    if (key != null) {
      out.i64(key.high()).i64(key.low()).i64(key.requestHash());
    }
  }

  private static @Nullable IdempotencyKey optionalIdempotency(BinaryReader in) {
    return flag(in)
        ? new IdempotencyKey(in.i64("a name"), in.i64("a name"), in.i64("a hash"))
        : null;
  }

  private static void content(BinaryWriter out, Content content) {
    out.u8(content.kind().ordinal());
    out.varint(content.expiresAtMillis());
    optionalText(out, content.contentType());
    content.writeTo(out);
  }

  private static Content content(BinaryReader in) {
    Content.Kind kind = one(Content.Kind.values(), in.u8("a kind"), "kind of content");
    long expiresAtMillis = in.varint("an expiry");
    String contentType = optionalText(in);
    byte[] value = in.bytes("a value");
    return switch (kind) {
      case JSON -> Content.json(value, expiresAtMillis);
      case BYTES -> Content.bytes(value, contentType, expiresAtMillis);
      case TOMBSTONE -> Content.tombstone();
    };
  }

  private static void condition(BinaryWriter out, Condition condition) {
    if (condition instanceof Condition.Matches matches) {
      out.u8(3);
      out.varint(matches.hashes().size());
      for (long hash : new TreeSet<>(matches.hashes())) {
        out.i64(hash);
      }
    } else {
      out.u8(condition instanceof Condition.Present ? 2 : condition == Condition.NONE ? 0 : 1);
    }
  }

  private static Condition condition(BinaryReader in) {
    int kind = in.u8("a condition");
    return switch (kind) {
      case 0 -> Condition.NONE;
      case 1 -> Condition.ABSENT;
      case 2 -> Condition.PRESENT;
      case 3 -> {
        int count = in.count(8, "the number of versions named");
        Set<Long> hashes = new TreeSet<>();
        for (int i = 0; i < count; i++) {
          hashes.add(in.i64("a hash"));
        }
        yield new Condition.Matches(hashes);
      }
      default -> throw new MalformedException("unknown condition " + kind);
    };
  }

  private static void options(BinaryWriter out, RequestOptions options) {
    quorum(out, options.r());
    quorum(out, options.w());
    quorum(out, options.pr());
    quorum(out, options.pw());
    Integer timeout = options.timeoutMillis();
    out.varint(timeout == null ? 0 : timeout + 1L);
    Durability durability = options.durability();
    out.u8(durability == null ? 0 : durability.ordinal() + 1);
  }

  private static RequestOptions options(BinaryReader in) {
    return new RequestOptions(
        quorum(in), quorum(in), quorum(in), quorum(in), timeout(in), durability(in));
  }

  private static @Nullable Integer timeout(BinaryReader in) {
    long value = in.varint("a number");
    return value == 0 ? null : Math.toIntExact(value - 1);
  }

  private static @Nullable Durability durability(BinaryReader in) {
    int value = in.u8("a field");
    return value == 0 ? null : one(Durability.values(), value - 1, "durability");
  }

  private static void quorum(BinaryWriter out, @Nullable Quorum quorum) {
    optionalText(out, quorum == null ? null : quorum.toString());
  }

  private static @Nullable Quorum quorum(BinaryReader in) {
    String text = optionalText(in);
    try {
      return text == null ? null : Quorum.parse(text);
    } catch (IllegalArgumentException e) {
      throw new MalformedException("a quorum that " + e.getMessage());
    }
  }

  private static void outcome(BinaryWriter out, WriteOutcome outcome) {
    if (outcome instanceof WriteOutcome.Written written) {
      flag(out, true);
      out.text(written.context());
      out.i64(written.versionHash());
    } else if (outcome instanceof WriteOutcome.Refused refused) {
      Refusal refusal = refused.refusal();
      flag(out, false);
      out.text(refusal.kind().name());
      out.text(refusal.detail());
      optionalText(out, refusal.field());
      out.varint(refusal.required());
      out.varint(refusal.alive());
      out.varint(refusal.acknowledged().size());
      for (String name : refusal.acknowledged()) {
        out.text(name);
      }
      out.u8(refusal.fate().ordinal());
    }
  }

  private static WriteOutcome outcome(BinaryReader in) {
    if (flag(in)) {
      return new WriteOutcome.Written(in.text("a text"), in.i64("a hash"));
    }
    ProblemKind kind = problem(in.text("a text"));
    String detail = in.text("a text");
    String field = optionalText(in);
    int required = Math.toIntExact(in.varint("a number"));
    int alive = Math.toIntExact(in.varint("a number"));
    int names = in.count(1, "the number of replicas named");
    List<String> acknowledged = new ArrayList<>();
    for (int i = 0; i < names; i++) {
      acknowledged.add(in.text("a text"));
    }
    Refusal.Fate fate = one(Refusal.Fate.values(), in.u8("a field"), "fate");
    return new WriteOutcome.Refused(
        new Refusal(kind, detail, field, required, alive, acknowledged, fate));
  }

  /** A kind that a newer node made up is still an error inside the cluster to an older one. */
  private static ProblemKind problem(String name) {
    for (ProblemKind kind : ProblemKind.values()) {
      if (kind.name().equals(name)) {
        return kind;
      }
    }
    return ProblemKind.INTERNAL;
  }

  private static void optionalText(BinaryWriter out, @Nullable String text) {
    flag(out, text != null);
    if (text != null) {
      out.text(text);
    }
  }

  private static @Nullable String optionalText(BinaryReader in) {
    return flag(in) ? in.text("a text") : null;
  }

  private static void optionalId(BinaryWriter out, @Nullable UUID id) {
    flag(out, id != null);
    if (id != null) {
      out.i64(id.getMostSignificantBits()).i64(id.getLeastSignificantBits());
    }
  }

  private static @Nullable UUID optionalId(BinaryReader in) {
    return flag(in) ? new UUID(in.i64("an id"), in.i64("an id")) : null;
  }

  private static void flag(BinaryWriter out, boolean flag) {
    out.u8(flag ? 1 : 0);
  }

  private static boolean flag(BinaryReader in) {
    return in.u8("a flag") != 0;
  }

  private static <T> T one(T[] values, int ordinal, String what) {
    if (ordinal >= values.length) {
      throw new MalformedException("unknown " + what + " " + ordinal);
    }
    return values[ordinal];
  }
}
