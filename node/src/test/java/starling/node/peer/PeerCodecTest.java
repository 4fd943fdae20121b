package starling.node.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import starling.node.peer.message.CheckHints;
import starling.node.peer.message.Chunk;
import starling.node.peer.message.ChunkOffer;
import starling.node.peer.message.ChunkRejection;
import starling.node.peer.message.ChunkRequest;
import starling.node.peer.message.ChunkWithdrawal;
import starling.node.peer.message.ClockNotice;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.Declined;
import starling.node.peer.message.Deliver;
import starling.node.peer.message.Delivered;
import starling.node.peer.message.Done;
import starling.node.peer.message.EntryPage;
import starling.node.peer.message.FenceBucket;
import starling.node.peer.message.Fetch;
import starling.node.peer.message.FetchPart;
import starling.node.peer.message.Forget;
import starling.node.peer.message.ForwardOutcome;
import starling.node.peer.message.ForwardWrite;
import starling.node.peer.message.HasSeen;
import starling.node.peer.message.HintPartitions;
import starling.node.peer.message.HintsHeld;
import starling.node.peer.message.HoldStill;
import starling.node.peer.message.Holds;
import starling.node.peer.message.KeepFact;
import starling.node.peer.message.KeyPage;
import starling.node.peer.message.Kind;
import starling.node.peer.message.ListEntries;
import starling.node.peer.message.ListHints;
import starling.node.peer.message.ListKeys;
import starling.node.peer.message.OtherBucket;
import starling.node.peer.message.OtherRing;
import starling.node.peer.message.PeerMessage;
import starling.node.peer.message.Probe;
import starling.node.peer.message.Store;
import starling.node.peer.message.StorePurpose;
import starling.node.peer.message.Took;
import starling.node.request.Condition;
import starling.node.request.Keys;
import starling.node.request.Quorum;
import starling.node.request.Rejection;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.node.storage.Durability;
import starling.node.storage.Key;
import starling.node.version.Actor;
import starling.node.version.Content;
import starling.node.version.Dot;
import starling.node.version.HybridClock;
import starling.node.version.IdempotencyKey;
import starling.node.version.MalformedException;
import starling.node.version.Past;
import starling.wire.ProblemKind;

class PeerCodecTest {
  private final Random random = new Random(20261120);

  private byte[] bytes(int below) {
    byte[] bytes = new byte[random.nextInt(below)];
    random.nextBytes(bytes);
    return bytes;
  }

  private Key key() {
    return Keys.of("bucket" + random.nextInt(9), bytes(20));
  }

  private long number() {
    return random.nextLong() >>> (1 + random.nextInt(63));
  }

  private int millis() {
    return random.nextInt(Integer.MAX_VALUE);
  }

  private <T> T one(T[] values) {
    return values[random.nextInt(values.length)];
  }

  private WriteRequest request() {
    Content content =
        switch (random.nextInt(3)) {
          case 0 -> Content.json(bytes(50), number());
          case 1 -> Content.bytes(bytes(50), random.nextBoolean() ? "text/plain" : null, number());
          default -> Content.tombstone();
        };
    Condition[] conditions = {
      Condition.NONE,
      Condition.ABSENT,
      Condition.PRESENT,
      new Condition.Matches(new TreeSet<>(List.of(random.nextLong(), random.nextLong())))
    };
    RequestOptions options =
        random.nextBoolean()
            ? RequestOptions.NONE
            : new RequestOptions(
                Quorum.ONE,
                Quorum.of(random.nextInt(10)),
                Quorum.ALL,
                Quorum.QUORUM,
                random.nextBoolean() ? null : millis(),
                random.nextBoolean() ? null : one(Durability.values()));
    return new WriteRequest(
        "request-ü",
        "bucket",
        bytes(20),
        content,
        random.nextBoolean() ? null : "context",
        one(conditions),
        options,
        idempotency(),
        random.nextBoolean());
  }

  private @Nullable IdempotencyKey idempotency() {
    return random.nextBoolean()
        ? null
        : new IdempotencyKey(random.nextLong(), random.nextLong(), random.nextLong());
  }

  private WriteOutcome outcome() {
    return random.nextBoolean()
        ? new WriteOutcome.Written("context", random.nextLong())
        : new WriteOutcome.Rejected(
            new Rejection(
                    one(ProblemKind.values()),
                    "detail",
                    random.nextBoolean() ? null : "field",
                    random.nextInt(5),
                    random.nextInt(5),
                    List.of("one", "two").subList(0, random.nextInt(3)),
                    one(Rejection.Outcome.values()))
                .with(present()));
  }

  private Rejection.@Nullable Present present() {
    return random.nextBoolean()
        ? null
        : new Rejection.Present(
            random.nextBoolean() ? null : random.nextLong(), random.nextBoolean(), "context");
  }

  private Past past() {
    Past past = Past.EMPTY;
    for (int i = random.nextInt(4); i > 0; i--) {
      past =
          past.with(
              new Dot(new Actor(random.nextLong(), random.nextLong()), 1 + random.nextInt(99)));
    }
    return past;
  }

  private KeyPage keys() {
    int count = random.nextInt(5);
    Key[] keys = new Key[count];
    long[] hashes = new long[count];
    for (int i = 0; i < count; i++) {
      keys[i] = key();
      hashes[i] = random.nextLong();
    }
    return new KeyPage(number(), random.nextBoolean(), random.nextBoolean(), keys, hashes);
  }

  /** One of every kind. */
  private List<PeerMessage> all() {
    long ring = random.nextLong();
    boolean flag = random.nextBoolean();
    List<PeerMessage> all = new ArrayList<>();
    all.add(
        new Fetch(
            number(),
            millis(),
            ring,
            random.nextLong(),
            "request",
            key(),
            one(FetchPart.values()),
            random.nextLong(),
            idempotency()));
    all.add(
        new Store(
            number(),
            millis(),
            ring,
            random.nextLong(),
            "request",
            key(),
            one(StorePurpose.values()),
            one(Durability.values()),
            flag,
            flag ? null : new UUID(random.nextLong(), random.nextLong()),
            bytes(200)));
    all.add(
        new ForwardWrite(
            number(), millis(), ring, random.nextLong(), random.nextBoolean(), request()));
    all.add(new Probe(number(), millis(), ring));
    all.add(
        new Deliver(
            number(),
            millis(),
            ring,
            List.of(
                    new Deliver.Entry(key(), random.nextLong(), flag, bytes(50)),
                    new Deliver.Entry(key(), random.nextLong(), !flag, bytes(9)))
                .subList(0, random.nextInt(3))));
    BitSet took = new BitSet();
    took.set(random.nextInt(200));
    all.add(new Delivered(number(), took));
    all.add(
        new CheckHints(
            number(),
            millis(),
            ring,
            List.of(
                    new CheckHints.Digest(key(), random.nextLong(), random.nextLong()),
                    new CheckHints.Digest(key(), random.nextLong(), random.nextLong()))
                .subList(0, random.nextInt(3))));
    all.add(new HintsHeld(number(), took));
    all.add(new KeepFact(number(), millis(), ring, "ring", bytes(90)));
    all.add(new HoldStill(number(), millis(), ring, number()));
    all.add(new FenceBucket(number(), millis(), ring, "bucket"));
    all.add(
        new ListKeys(
            number(),
            millis(),
            ring,
            random.nextLong(),
            random.nextInt(65536),
            flag ? null : key()));
    all.add(new ListHints(number(), millis(), ring));
    all.add(new HintPartitions(number(), took));
    all.add(new Forget(number()));
    all.add(new ClockNotice(number()));
    all.add(new Holds(number(), flag, random.nextLong(), flag ? null : bytes(99)));
    all.add(new HasSeen(number(), flag, flag ? null : past(), flag ? bytes(30) : null));
    all.add(new Took(number()));
    all.add(new ForwardOutcome(number(), outcome()));
    all.add(new Done(number()));
    all.add(keys());
    all.add(new Declined(number(), one(DeclineReason.values()), "detail"));
    all.add(new OtherRing(number(), bytes(90)));
    all.add(new OtherBucket(number(), "bucket", bytes(90)));
    all.add(new ChunkOffer(number(), number()));
    all.add(new Chunk(number(), number(), bytes(200)));
    all.add(new ChunkRequest(number(), number()));
    all.add(new ChunkWithdrawal(number()));
    all.add(
        new ListEntries(
            number(),
            millis(),
            ring,
            random.nextLong(),
            "request",
            "bucket",
            bytes(9),
            random.nextLong(),
            bytes(9),
            random.nextLong(),
            random.nextInt(1_000),
            flag));
    all.add(
        new EntryPage(
            number(),
            flag,
            random.nextBoolean(),
            random.nextLong(),
            bytes(9),
            new byte[][] {bytes(9), bytes(9)},
            flag ? new byte[][] {bytes(99), bytes(99)} : new byte[0][]));
    all.add(new ChunkRejection(number(), one(DeclineReason.values()), "detail"));
    return all;
  }

  @Test
  void everyMessageIsReadAsItWasWritten() {
    assertThat(all()).extracting(PeerMessage::kind).containsExactlyInAnyOrder(Kind.values());
    for (int i = 0; i < 500; i++) {
      for (PeerMessage message : all()) {
        assertThat(PeerCodec.decode(PeerCodec.encode(message)))
            .usingRecursiveComparison()
            .isEqualTo(message);
      }
    }
  }

  /** A later version may add fields to control messages: this one acts on what it knows. */
  @Test
  void fieldsOfALaterVersionAreSkippedInControlMessages() {
    int extended = 0;
    for (PeerMessage message : all()) {
      byte[] frame = PeerCodec.encode(message);
      byte[] later = Arrays.copyOf(frame, frame.length + 3);
      later[frame.length - 1] = 3;
      if (message.kind().extensible()) {
        extended++;
        assertThat(frame[frame.length - 1]).isZero();
        assertThat(PeerCodec.decode(later)).usingRecursiveComparison().isEqualTo(message);
      } else {
        assertThatThrownBy(() -> PeerCodec.decode(Arrays.copyOf(frame, frame.length + 1)))
            .isInstanceOf(MalformedException.class);
      }
    }
    assertThat(extended).isEqualTo(13);
  }

  /** The previous form had no extension area: it is recognised by its format, and rejected. */
  @Test
  void theFormWithoutExtensionAreasIsRejectedByItsFormat() {
    byte[] frame = PeerCodec.encode(new Done(1));
    byte[] previous = Arrays.copyOf(frame, frame.length - 1);
    previous[0] = 5;
    assertThatThrownBy(() -> PeerCodec.decode(previous))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("format 5");
    previous[0] = 6;
    assertThatThrownBy(() -> PeerCodec.decode(previous)).isInstanceOf(MalformedException.class);
  }

  /** As they stand on the wire: a change here is another version of the protocol. */
  @Test
  void theCodeOfEachKindIsItsPlaceInThisList() {
    assertThat(Arrays.stream(Kind.values()).map(Kind::name))
        .containsExactly(
            "FETCH",
            "STORE",
            "FORWARD_WRITE",
            "KEEP_FACT",
            "HOLD_STILL",
            "FENCE_BUCKET",
            "LIST_KEYS",
            "FORGET",
            "HOLDS",
            "HAS_SEEN",
            "TOOK",
            "FORWARD_OUTCOME",
            "DONE",
            "KEY_PAGE",
            "DECLINED",
            "OTHER_RING",
            "PROBE",
            "DELIVER",
            "DELIVERED",
            "CHECK_HINTS",
            "HINTS_HELD",
            "OTHER_BUCKET",
            "LIST_HINTS",
            "HINT_PARTITIONS",
            "CLOCK_NOTICE",
            "CHUNK_OFFER",
            "CHUNK",
            "CHUNK_REQUEST",
            "CHUNK_WITHDRAWAL",
            "CHUNK_REJECTION",
            "LIST_ENTRIES",
            "ENTRY_PAGE");
  }

  @Test
  void anUnknownFormatOrKindIsRefusedWithWords() {
    byte[] bytes = PeerCodec.encode(new Took(1));
    byte[] format = bytes.clone();
    format[0] = 1;
    assertThatThrownBy(() -> PeerCodec.decode(format))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("format 1");
    for (int kind : new int[] {32, 127, 255}) {
      byte[] unknown = bytes.clone();
      unknown[1] = (byte) kind;
      assertThatThrownBy(() -> PeerCodec.decode(unknown))
          .isInstanceOf(MalformedException.class)
          .hasMessageContaining("unknown kind of peer message " + kind);
    }
  }

  @Test
  void theClockIsEnteredIntoAFrameOfEachKindAndChangesNothingElse() {
    long clock = 0x019f_8000_0000_1234L;
    byte[] took = PeerCodec.encode(new Took(1));
    assertThat(took).containsExactly(7, 10, 0, 0, 0, 0, 0, 0, 0, 0, 1);
    PeerCodec.enterClock(took, clock);
    assertThat(took).containsExactly(7, 10, 0x01, 0x9f, 0x80, 0, 0, 0, 0x12, 0x34, 1);
    for (PeerMessage message : all()) {
      byte[] frame = PeerCodec.encode(message);
      assertThat(PeerCodec.clock(frame)).isZero();
      PeerCodec.enterClock(frame, clock);
      assertThat(PeerCodec.clock(frame)).isEqualTo(clock);
      assertThat(PeerCodec.decode(frame)).usingRecursiveComparison().isEqualTo(message);
    }
  }

  @Test
  void aMessageIsItsHeadAndItsTail() {
    int tails = 0;
    for (int i = 0; i < 100; i++) {
      for (PeerMessage message : all()) {
        byte[] tail = message.lastSet();
        if (tail != null) {
          tails++;
          byte[] head = PeerCodec.encodeHead(message);
          byte[] both = Arrays.copyOf(head, head.length + tail.length);
          System.arraycopy(tail, 0, both, head.length, tail.length);
          assertThat(both).isEqualTo(PeerCodec.encode(message));
        }
      }
    }
    assertThat(tails).isGreaterThan(100);
  }

  /** As they stand on the wire: a change here is another version of the protocol. */
  @Test
  void framesOfAMessageInChunksAreTheseBytes() {
    assertThat(PeerCodec.encode(new ChunkOffer(300, 80 << 20)))
        .containsExactly(7, 25, 0, 0, 0, 0, 0, 0, 0, 0, 0xac, 2, 0x80, 0x80, 0x80, 0x28);
    assertThat(PeerCodec.encode(new Chunk(300, 1 << 20, new byte[] {7, 8, 9})))
        .containsExactly(7, 26, 0, 0, 0, 0, 0, 0, 0, 0, 0xac, 2, 0x80, 0x80, 0x40, 3, 7, 8, 9);
    assertThat(PeerCodec.encode(new ChunkRequest(300, 1 << 20)))
        .containsExactly(7, 27, 0, 0, 0, 0, 0, 0, 0, 0, 0xac, 2, 0x80, 0x80, 0x40);
    assertThat(PeerCodec.encode(new ChunkWithdrawal(300)))
        .containsExactly(7, 28, 0, 0, 0, 0, 0, 0, 0, 0, 0xac, 2);
    assertThat(PeerCodec.encode(new ChunkRejection(300, DeclineReason.TOO_LARGE, "no")))
        .containsExactly(7, 29, 0, 0, 0, 0, 0, 0, 0, 0, 0xac, 2, 10, 2, 'n', 'o');
  }

  @Test
  void aClockThatNoNodeCanHaveIsRefusedWithWords() {
    for (long clock : new long[] {-1, HybridClock.MAX_COUNTER + 1, Long.MAX_VALUE}) {
      byte[] frame = PeerCodec.encode(new Took(1));
      PeerCodec.enterClock(frame, clock);
      assertThatThrownBy(() -> PeerCodec.decode(frame))
          .isInstanceOf(MalformedException.class)
          .hasMessageContaining("with the clock " + clock);
    }
  }

  @Test
  void everyTruncationAndEveryByteTooManyIsRefused() {
    for (PeerMessage message : all()) {
      byte[] bytes = PeerCodec.encode(message);
      for (int cut = 0; cut <= bytes.length + 1; cut++) {
        byte[] part = Arrays.copyOf(bytes, cut);
        if (cut != bytes.length) {
          assertThatThrownBy(() -> PeerCodec.decode(part)).isInstanceOf(MalformedException.class);
        }
      }
    }
  }

  @Test
  void whateverTheBytesNothingButMalformedIsThrown() {
    int refused = 0;
    for (int i = 0; i < 10_000; i++) {
      byte[] bytes = PeerCodec.encode(one(all().toArray(PeerMessage[]::new)));
      for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
        int at = 1 + random.nextInt(bytes.length - 1);
        bytes[at] = random.nextBoolean() ? (byte) 0xff : (byte) random.nextInt(256);
      }
      try {
        var unused = PeerCodec.decode(bytes);
      } catch (MalformedException e) {
        assertThat(e.getMessage()).isNotBlank();
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(1000);
  }

  @Test
  void aNumberThatDoesNotFitIsMalformed() {
    byte[] bytes = {
      6, 6, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1,
      -1, -1, -1, 1, 0
    };
    assertThatThrownBy(() -> PeerCodec.decode(bytes)).isInstanceOf(MalformedException.class);
  }

  @Test
  void aHostileCountTakesNoMemory() {
    // Keys: so many that they cannot be there.
    byte[] bytes = {PeerCodec.FORMAT, 13, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, -1, -1, -1, -1, 7};
    assertThatThrownBy(() -> PeerCodec.decode(bytes))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("the number of keys");
  }

  /** The message is received in two parts, and decoding copies nothing of the set. */
  @Test
  void theSetThatAMessageEndsWithIsFoundInItsFirstBytes() {
    byte[] set = bytes(5000);
    List<PeerMessage> messages =
        List.of(
            new Store(
                7,
                100,
                1,
                2,
                "request",
                Keys.of("b", new byte[] {1}),
                StorePurpose.WRITE,
                Durability.SYNCED,
                false,
                new UUID(3, 4),
                set),
            new Holds(7, true, 5, set),
            new Deliver(
                7,
                100,
                1,
                List.of(new Deliver.Entry(Keys.of("b", new byte[] {1}), 2, false, set))));
    for (PeerMessage message : messages) {
      byte[] head = PeerCodec.encodeHead(message);
      byte[] whole = PeerCodec.encode(message);
      assertThat(PeerCodec.tailAt(whole, whole.length)).isEqualTo(head.length);
      assertThat(PeerCodec.tailAt(head, whole.length)).isEqualTo(head.length);
      assertThat(PeerCodec.tailAt(whole, whole.length + 1L)).isEqualTo(-1);
      PeerMessage decoded = PeerCodec.decode(head, set);
      assertThat(decoded.lastSet()).isSameAs(set);
      assertThat(PeerCodec.encode(decoded)).isEqualTo(whole);
    }
    byte[] other = PeerCodec.encode(new Took(7));
    assertThat(PeerCodec.tailAt(other, other.length)).isEqualTo(-1);
    assertThat(PeerCodec.tailAt(new byte[] {1}, 9)).isEqualTo(-1);
  }
}
