package starling.node.peer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.node.Node;
import starling.node.cluster.ClusterMetadata;
import starling.node.cluster.DurableMark;
import starling.node.cluster.MetadataType;
import starling.node.peer.message.CheckHints;
import starling.node.peer.message.Deliver;
import starling.node.peer.message.Delivered;
import starling.node.peer.message.Done;
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
import starling.node.peer.message.ListHints;
import starling.node.peer.message.ListKeys;
import starling.node.peer.message.PeerMessage;
import starling.node.peer.message.Store;
import starling.node.peer.message.StorePurpose;
import starling.node.peer.message.Took;
import starling.node.recovery.HintRepair;
import starling.node.replica.Hint;
import starling.node.replica.LocalReplica;
import starling.node.replica.StoredValue;
import starling.node.request.Keys;
import starling.node.request.Rejection;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.node.storage.Durability;
import starling.node.storage.Key;
import starling.node.storage.Storage;
import starling.node.version.ContextCodec;
import starling.node.version.ContextKeys;
import starling.node.version.ContextScope;
import starling.node.version.DecodedContext;
import starling.node.version.Past;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;
import starling.node.version.TornSet;
import starling.wire.ProblemKind;

/** Changes frames on their way between nodes, for planted bugs, and looks into what is stored. */
public final class Tampering {
  private static final byte LIST_KEYS = kind(PeerCodec.encode(new ListKeys(0, 0, 0, 0, 0, null)));
  private static final byte LIST_HINTS = kind(PeerCodec.encode(new ListHints(0, 0, 0)));
  private static final byte FORGET = kind(PeerCodec.encode(new Forget(0)));

  private Tampering() {}

  /** A frame that was made from another one, with the clock that the other carries. */
  public static byte[] withClockOf(byte[] frame, byte[] made) {
    PeerCodec.enterClock(made, PeerCodec.clock(frame));
    return made;
  }

  /** A frame that does not tell the clock of its sender. */
  public static byte[] withoutClock(byte[] frame) {
    byte[] without = frame.clone();
    PeerCodec.enterClock(without, 0);
    return without;
  }

  private static byte kind(byte[] frame) {
    return frame[1];
  }

  /**
   * What a frame of a client's write, or of a hint on its way, says, with the number of its call;
   * null for any other frame.
   */
  public static @Nullable String ofWrite(byte[] frame) {
    PeerMessage message = PeerCodec.decode(frame);
    boolean of =
        message instanceof Store
            || message instanceof Took
            || message instanceof Deliver
            || message instanceof Delivered
            || message instanceof ForwardWrite
            || message instanceof ForwardOutcome
            || message instanceof HasSeen
            || (message instanceof Fetch fetch && fetch.part() == FetchPart.PAST);
    return of ? message.getClass().getSimpleName() + " " + message.call() : null;
  }

  /** Whether this is a frame of hinted handoff. */
  public static boolean isHandoff(byte[] frame) {
    PeerMessage message = PeerCodec.decode(frame);
    return message instanceof Deliver || message instanceof CheckHints;
  }

  /** Whether this brings hints. */
  public static boolean bringsHints(byte[] frame) {
    return PeerCodec.decode(frame) instanceof Deliver;
  }

  /** Whether this asks for what a replica holds, to compare it. */
  public static boolean listsKeys(byte[] frame) {
    return kind(frame) == LIST_KEYS;
  }

  /** Whether this asks where another node holds hints. */
  public static boolean listsHints(byte[] frame) {
    return kind(frame) == LIST_HINTS;
  }

  /** Whether this takes a question back. */
  public static boolean takesBack(byte[] frame) {
    return kind(frame) == FORGET;
  }

  /** The set in what a node's log holds of a key, for whomever it is kept. */
  public static Siblings held(byte[] stored) {
    return StoredValue.decode(stored).set();
  }

  /** A set of several siblings travels without the first of them. */
  public static byte[] tearSets(byte[] frame) {
    PeerMessage message = PeerCodec.decode(frame);
    if (message instanceof Store m) {
      return PeerCodec.encode(
          new Store(
              m.call(),
              m.remainingMillis(),
              m.ring(),
              m.register(),
              m.requestId(),
              m.key(),
              m.purpose(),
              m.durability(),
              m.lww(),
              m.fallbackFor(),
              torn(m.set())));
    }
    return frame;
  }

  private static byte[] torn(byte[] encoded) {
    Siblings set = SiblingsCodec.decode(encoded);
    return set.versions().size() < 2 ? encoded : SiblingsCodec.encode(TornSet.withoutFirst(set));
  }

  /** A node that asks what others have seen hears that it is nothing. */
  public static byte[] hideWhatWasSeen(byte[] frame) {
    return PeerCodec.decode(frame) instanceof HasSeen m
        ? PeerCodec.encode(new HasSeen(m.call(), m.complete(), Past.EMPTY, m.again()))
        : frame;
  }

  /** A node that asks what others have seen hears that it is what it knows. */
  public static byte[] sameAsKnown(byte[] frame) {
    return PeerCodec.decode(frame) instanceof HasSeen m
        ? PeerCodec.encode(new HasSeen(m.call(), m.complete(), null, m.again()))
        : frame;
  }

  /** A full disk of the node that answers is told as if the whole cluster could not write. */
  public static byte[] rejectForAll(byte[] frame) {
    return PeerCodec.decode(frame) instanceof ForwardOutcome m
            && m.outcome() instanceof WriteOutcome.Rejected refused
            && refused.rejection().kind() == ProblemKind.STORAGE_FULL
        ? PeerCodec.encode(
            new ForwardOutcome(
                m.call(),
                new WriteOutcome.Rejected(
                    Rejection.of(ProblemKind.UNAVAILABLE, refused.rejection().detail()))))
        : frame;
  }

  /** A node that asks another for the partitions of its hints hears that it has none. */
  public static byte[] denyHints(byte[] frame) {
    return PeerCodec.decode(frame) instanceof HintPartitions m
        ? PeerCodec.encode(new HintPartitions(m.call(), new BitSet()))
        : frame;
  }

  /** What others have seen is asked without the idempotency key of the write. */
  public static byte[] withoutIdempotencyKey(byte[] frame) {
    return PeerCodec.decode(frame) instanceof Fetch m && m.idempotency() != null
        ? PeerCodec.encode(
            new Fetch(
                m.call(),
                m.remainingMillis(),
                m.ring(),
                m.register(),
                m.requestId(),
                m.key(),
                m.part(),
                m.knownHash(),
                null))
        : frame;
  }

  /** Whether this forwards a write as the first attempt under its idempotency key. */
  public static boolean forwardsFirstAttempt(byte[] frame) {
    return PeerCodec.decode(frame) instanceof ForwardWrite m && m.request().firstAttempt();
  }

  /** Sets that answer a read carry the mark of a replica that has forgotten nothing. */
  public static byte[] claimToBeComplete(byte[] frame) {
    return PeerCodec.decode(frame) instanceof Holds m
        ? PeerCodec.encode(new Holds(m.call(), true, m.hash(), m.set()))
        : frame;
  }

  /** What was seen is told with the mark of a replica that has forgotten nothing. */
  public static byte[] claimToHaveForgottenNothing(byte[] frame) {
    return PeerCodec.decode(frame) instanceof HasSeen m
        ? PeerCodec.encode(new HasSeen(m.call(), true, m.past(), m.again()))
        : frame;
  }

  /** A replica without the key answers a read with a set of no versions, as if that were one. */
  public static byte[] nothingCounts(byte[] frame) {
    if (PeerCodec.decode(frame) instanceof Holds m
        && m.set() == null
        && m.hash() == Siblings.EMPTY.hash()) {
      Siblings nothing = TornSet.nothing();
      byte[] set = SiblingsCodec.encode(nothing);
      return PeerCodec.encode(new Holds(m.call(), m.complete(), nothing.hash(), set));
    }
    return frame;
  }

  /** Each hint is delivered as it was when it was sent for the first time. */
  public static byte[] asFirstSent(byte[] frame, Map<Key, byte[]> first) {
    if (!(PeerCodec.decode(frame) instanceof Deliver m)) {
      return frame;
    }
    List<Deliver.Entry> entries = new ArrayList<>();
    for (Deliver.Entry entry : m.entries()) {
      byte[] set = first.computeIfAbsent(entry.key(), unused -> entry.set());
      entries.add(new Deliver.Entry(entry.key(), entry.register(), entry.lww(), set));
    }
    return PeerCodec.encode(new Deliver(m.call(), m.remainingMillis(), m.ring(), entries));
  }

  /** Whether a node's log holds this for another node. */
  public static boolean isHint(byte[] stored) {
    return StoredValue.isHint(stored);
  }

  /** What a log has of a key without the marks of a debt. */
  public static byte[] withoutDebt(byte[] stored) {
    return StoredValue.isDebt(stored) ? StoredValue.setOf(stored) : stored;
  }

  /** A hint of a format that no version knows. */
  public static byte[] unknownHint() {
    byte[] stored = new StoredValue(Siblings.EMPTY, Hint.of(new UUID(1, 1), 0)).encode();
    stored[1] = 0x7f;
    return stored;
  }

  /** A node's memory of itself that is never behind what peers remember. */
  public static byte[] neverBehind() {
    return new DurableMark(Long.MAX_VALUE, 0, 0, 0, 0, true).encode();
  }

  /** Whether this hands a write to another node. */
  public static boolean handsOn(byte[] frame) {
    return PeerCodec.decode(frame) instanceof ForwardWrite;
  }

  /** The answer of a member that is fenced, given by one that is not; null for any other frame. */
  public static byte @Nullable [] promise(byte[] frame) {
    return PeerCodec.decode(frame) instanceof HoldStill m
        ? PeerCodec.encode(new Done(m.call()))
        : null;
  }

  /** The answer that a write was merged, given in another's place; null for any other frame. */
  public static byte @Nullable [] tookTheWrite(byte[] frame) {
    return PeerCodec.decode(frame) instanceof Store m && m.purpose() == StorePurpose.WRITE
        ? PeerCodec.encode(new Took(m.call()))
        : null;
  }

  /** Whether this says that a set was merged. */
  public static boolean took(byte[] frame) {
    return PeerCodec.decode(frame) instanceof Took;
  }

  /**
   * A write that goes to a fallback under the number of a call to a primary which it does not
   * replace.
   *
   * @param stores the calls to primaries, by request
   */
  public static byte[] forAnotherPrimary(
      UUID peer, byte[] frame, Map<String, Map<UUID, Long>> stores) {
    if (!(PeerCodec.decode(frame) instanceof Store m) || m.purpose() != StorePurpose.WRITE) {
      return frame;
    }
    Map<UUID, Long> calls = stores.computeIfAbsent(m.requestId(), id -> new LinkedHashMap<>());
    if (m.fallbackFor() == null) {
      calls.put(peer, m.call());
      return frame;
    }
    for (Map.Entry<UUID, Long> call : calls.entrySet()) {
      if (!call.getKey().equals(m.fallbackFor())) {
        calls.remove(call.getKey());
        return PeerCodec.encode(
            new Store(
                call.getValue(),
                m.remainingMillis(),
                m.ring(),
                m.register(),
                m.requestId(),
                m.key(),
                m.purpose(),
                m.durability(),
                m.lww(),
                m.fallbackFor(),
                m.set()));
      }
    }
    return frame;
  }

  /** The primaries whose positions a node fills with what it holds of a key, as far as durable. */
  public static void position(
      Storage storage, UUID self, String bucket, String key, Consumer<Set<UUID>> done) {
    storage.read(
        Keys.of(bucket, key.getBytes(StandardCharsets.UTF_8)),
        stored -> {
          if (stored == null) {
            done.accept(Set.of());
          } else if (StoredValue.isHint(stored.set())) {
            done.accept(Set.copyOf(StoredValue.decode(stored.set()).hint().primaries()));
          } else {
            done.accept(Set.of(self));
          }
        });
  }

  /** The answer that hints were merged, given in another's place; null for any other frame. */
  public static byte @Nullable [] tookTheHints(byte[] frame) {
    if (!(PeerCodec.decode(frame) instanceof Deliver m)) {
      return null;
    }
    BitSet all = new BitSet();
    all.set(0, m.entries().size());
    return PeerCodec.encode(new Delivered(m.call(), all));
  }

  /** The answer that nothing is held of a key whose hint was lost; null for any other frame. */
  public static byte @Nullable [] nothingForLostHints(byte[] frame) {
    if (!(PeerCodec.decode(frame) instanceof Fetch m)
        || !m.requestId().equals(HintRepair.REQUEST_ID)) {
      return null;
    }
    return PeerCodec.encode(new Holds(m.call(), true, LocalReplica.NOTHING, null));
  }

  /** The answer that sets are held as their hints have them; null for any other frame. */
  public static byte @Nullable [] holdsTheHints(byte[] frame) {
    if (!(PeerCodec.decode(frame) instanceof CheckHints m)) {
      return null;
    }
    BitSet all = new BitSet();
    all.set(0, m.entries().size());
    return PeerCodec.encode(new HintsHeld(m.call(), all));
  }

  /** What a log has of a key with another set in it, kept for whom it was kept. */
  public static byte[] withSet(byte[] stored, Siblings set) {
    StoredValue kept = StoredValue.decode(stored);
    return new StoredValue(set, kept.hint(), kept.debt()).encode();
  }

  /** A context of one key, signed anew for another as if it were bound to none. */
  public static String carriedOver(
      Storage storage, Node node, String bucket, String from, String to, String context) {
    SortedMap<String, byte[]> facts = ClusterMetadata.decode(storage.meta("facts"));
    ContextKeys keys = ContextKeys.decode(facts.get(MetadataType.CONTEXT_KEYS.name()), 0);
    ContextCodec codec = new ContextCodec(keys);
    DecodedContext.Ok read = (DecodedContext.Ok) codec.decode(context, scope(node, bucket, from));
    return codec.encode(read.context(), List.of(), scope(node, bucket, to), 0);
  }

  /** A question for the keys of a partition, as another node would ask it. */
  public static byte[] asksForKeys(Node node, int partition) {
    return PeerCodec.encode(new ListKeys(1, 1_000, node.ring().hash(), 0, partition, null));
  }

  /** Forwards a blind write to a primary, as another node would. */
  public static byte[] handsOn(Node node, long call, WriteRequest request) {
    return PeerCodec.encode(new ForwardWrite(call, 1_000, node.ring().hash(), 0, false, request));
  }

  /** Brings a set that is none. */
  public static byte[] bringsNonsense(Node node, String bucket, String key) {
    return PeerCodec.encode(
        new Store(
            1,
            1_000,
            node.ring().hash(),
            0,
            "nonsense",
            Keys.of(bucket, key.getBytes(StandardCharsets.UTF_8)),
            StorePurpose.WRITE,
            Durability.SYNCED,
            false,
            null,
            new byte[] {99}));
  }

  /** A request as if its sender had decided by the register that its receiver has. */
  public static byte[] decidedAlike(byte[] frame, Node receiver) {
    PeerMessage message = PeerCodec.decode(frame);
    if (message instanceof Fetch m) {
      return PeerCodec.encode(
          new Fetch(
              m.call(),
              m.remainingMillis(),
              m.ring(),
              receiver.statistics().registerHash(m.key().bucket()),
              m.requestId(),
              m.key(),
              m.part(),
              m.knownHash(),
              m.idempotency()));
    }
    if (message instanceof Store m) {
      return PeerCodec.encode(
          new Store(
              m.call(),
              m.remainingMillis(),
              m.ring(),
              receiver.statistics().registerHash(m.key().bucket()),
              m.requestId(),
              m.key(),
              m.purpose(),
              m.durability(),
              m.lww(),
              m.fallbackFor(),
              m.set()));
    }
    if (message instanceof ForwardWrite m) {
      return PeerCodec.encode(
          new ForwardWrite(
              m.call(),
              m.remainingMillis(),
              m.ring(),
              receiver.statistics().registerHash(m.request().bucket()),
              m.asFallback(),
              m.request()));
    }
    return frame;
  }

  private static ContextScope scope(Node node, String bucket, String key) {
    UUID cluster = Objects.requireNonNull(node.clusterId());
    return new ContextScope(cluster, bucket, 0, key.getBytes(StandardCharsets.UTF_8));
  }
}
