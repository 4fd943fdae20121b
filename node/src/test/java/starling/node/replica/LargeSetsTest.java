package starling.node.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static starling.node.request.BucketProperties.Conflict.SIBLINGS;
import static starling.node.storage.Durability.SYNCED;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import starling.node.metrics.NodeCounters;
import starling.node.metrics.WaitingBytes;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.StorePurpose;
import starling.node.port.Clock;
import starling.node.request.Keys;
import starling.node.storage.AppendRejection;
import starling.node.storage.Key;
import starling.node.version.Actor;
import starling.node.version.Actors;
import starling.node.version.Content;
import starling.node.version.Dot;
import starling.node.version.HybridClock;
import starling.node.version.Past;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;
import starling.node.version.Version;

/** What a set that is large for the heap may cost a node: a refusal, never its memory. */
class LargeSetsTest {
  private static final int MIB = 1 << 20;
  private static final int MAX_BYTES = 5 * MIB;
  private static final Key KEY = Keys.of("b", new byte[] {1});

  private final NodeCounters counters = new NodeCounters();
  private final LargeSets sets = new LargeSets(MAX_BYTES, counters);

  private static Siblings sides(int sides) {
    Siblings set = Siblings.EMPTY;
    for (int i = 0; i < sides; i++) {
      Version version =
          new Version(new Dot(new Actor(i, i), 9), Content.bytes(new byte[MIB], null, 0));
      set = set.join(Siblings.EMPTY.write(Past.EMPTY, version));
    }
    return set;
  }

  @Test
  void aSetThatTheHeapDoesNotBearIsCountedAndNotEncoded() {
    assertThat(sets.fits("k", sides(4))).isTrue();
    assertThat(counters.setsTooLarge).isZero();
    assertThat(sets.fits("k", sides(5))).isFalse();
    assertThat(sets.fits("k", sides(6))).isFalse();
    assertThat(counters.setsTooLarge).isEqualTo(2);
  }

  @Test
  void mergesOfLargeSetsWaitForEachOtherAndSmallOnesForNone() {
    int first = sets.begin(sides(4), sides(4));
    assertThat(first).isPositive();
    assertThat(sets.begin(sides(4), sides(4))).isNegative();
    assertThat(counters.mergesDeferred).isEqualTo(1);
    assertThat(sets.begin(Siblings.EMPTY, Siblings.EMPTY)).isZero();
    sets.end(first);
    assertThat(sets.begin(sides(4), sides(4))).isPositive();
  }

  /** Where it were kept, a few refused appends would end all merges of large sets for good. */
  @Test
  void aMergeThatTheLogRefusesGivesItsRoomBack() {
    ScriptedStorage storage = new ScriptedStorage();
    LocalReplica replica = replica(storage);
    byte[] set = SiblingsCodec.encode(sides(4));
    List<DeclineReason> answers = new ArrayList<>();
    storage.refuses = AppendRejection.QUEUE_FULL;
    for (int i = 0; i < 3; i++) {
      replica.store(KEY, 0, set, SIBLINGS, SYNCED, StorePurpose.WRITE, answers::add);
    }
    storage.refuses = null;
    storage.onAppend = new IllegalStateException("an error in the log");
    replica.store(KEY, 0, set, SIBLINGS, SYNCED, StorePurpose.WRITE, answers::add);
    storage.onAppend = null;
    for (int i = 0; i < 3; i++) {
      replica.store(KEY, 0, set, SIBLINGS, SYNCED, StorePurpose.WRITE, answers::add);
      storage.appends.remove().run();
    }
    DeclineReason full = DeclineReason.OVERLOADED;
    assertThat(answers)
        .containsExactly(full, full, full, DeclineReason.STORAGE_FAILED, null, null, null);
    assertThat(counters.mergesDeferred).isZero();
  }

  /** A read and a message in chunks take what a merge then has not. */
  @Test
  void readsMessagesAndMergesShareTheMemoryOfLargeSets() {
    long longest = sets.maxMessageBytes();
    WaitingBytes reads = new WaitingBytes(MIB, 2 * longest, sets.memory());
    WaitingBytes messages = new WaitingBytes(longest, longest, sets.memory());
    WaitingBytes.Share read = reads.share();
    assertThat(read.add(4 * MIB)).isTrue();
    assertThat(read.add(4 * MIB)).isTrue();
    assertThat(messages.add(4 * MIB)).isTrue();
    assertThat(sets.begin(sides(2), sides(3))).isNegative();
    assertThat(sets.hasRoomFor(sides(4))).isFalse();
    assertThat(sets.hasRoomFor(sides(1))).isTrue();
    read.release();
    assertThat(sets.hasRoomFor(sides(4))).isTrue();
    int merge = sets.begin(sides(4), sides(4));
    assertThat(merge).isPositive();
    assertThat(reads.share().add(4 * MIB)).isFalse();
    assertThat(reads.bytes()).isZero();
    messages.remove(4 * MIB);
    sets.end(merge);
    assertThat(sets.memory().bytes()).isZero();
    assertThat(counters.mergesDeferred).isEqualTo(1);
  }

  private LocalReplica replica(ScriptedStorage storage) {
    KeyOwner.Watcher nobody =
        new KeyOwner.Watcher() {
          @Override
          public void onChange(Key key, int partition, StoredValue before, StoredValue after) {}

          @Override
          public void onShown(Key key, int partition, StoredValue before, StoredValue after) {}
        };
    Clock clock =
        new Clock() {
          @Override
          public long nanoTime() {
            return 0;
          }

          @Override
          public long wallMillis() {
            return 1_000_000;
          }
        };
    Actors actors = new Actors(new Random(1));
    WaitingBytes waiting = new WaitingBytes(64L * MIB);
    return new LocalReplica(
        storage,
        new KeyOwner(storage, nobody, waiting),
        new HintLedger(storage, actors, MIB),
        new DebtLedger(storage, 9),
        new HybridClock(0, 60_000, 60_000),
        actors,
        counters,
        waiting,
        sets,
        clock,
        why -> {
          throw new AssertionError(why);
        });
  }
}
