package starling.node.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import starling.node.storage.Completion;
import starling.node.storage.Storage;
import starling.node.storage.StorageRecovery;
import starling.node.version.Actor;
import starling.node.version.Actors;
import starling.node.version.Content;
import starling.node.version.Dot;
import starling.node.version.Past;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;
import starling.node.version.Version;
import starling.sim.SplitMix;

class HintsTest {
  private static final int PARTITION = 3;

  private final HintLedger hints = hints(null);

  /** The account of a process, with the list that the one before it has left. */
  private static HintLedger hints(byte @Nullable [] list) {
    return new HintLedger(storage(list), new Actors(new SplitMix(1)), 1 << 20);
  }

  /** A log that has nothing but the list, and makes everything durable at once. */
  private static Storage storage(byte @Nullable [] list) {
    return (Storage)
        Proxy.newProxyInstance(
            HintsTest.class.getClassLoader(),
            new Class<?>[] {Storage.class},
            (proxy, method, arguments) -> {
              switch (method.getName()) {
                case "saveMeta" -> ((Completion) arguments[2]).completed(null);
                case "recovery" -> {
                  return new StorageRecovery(true, 0, 0, List.of(), List.of(), null, 0);
                }
                case "meta" -> {
                  return list;
                }
                default -> {}
              }
              return null;
            });
  }

  private static StoredValue hint(String value) {
    return hint(value, new UUID(1, 1), 1_000);
  }

  private static StoredValue hint(String value, UUID primary, long sinceMillis) {
    Dot dot = new Dot(new Actor(1, 1), 1);
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    Siblings set = Siblings.EMPTY.write(Past.EMPTY, new Version(dot, Content.json(bytes)));
    return new StoredValue(set, Hint.of(primary, sinceMillis));
  }

  private void step(StoredValue before, StoredValue after) {
    step(hints, before, after);
  }

  private static void step(HintLedger hints, StoredValue before, StoredValue after) {
    hints.list(PARTITION, listed -> assertThat(listed).isTrue());
    hints.onChange(PARTITION, before, after);
    hints.onShown(PARTITION, before, after);
  }

  private void walkThroughNothing() {
    hints.walked(hints.walk(PARTITION));
  }

  @Test
  void aWalkThatStoodStillDoesNotCountWhatItSawBefore() {
    StoredValue small = hint("1");
    StoredValue large = hint("\"a longer one\"");
    step(StoredValue.NOTHING, large);
    HintLedger.Recount late = hints.walk(PARTITION);
    late.found(large, large.hint().primaries());
    step(large, StoredValue.NOTHING);
    walkThroughNothing();
    step(StoredValue.NOTHING, small);
    hints.walked(late);
    assertThat(hints.hints()).isEqualTo(1);
    assertThat(hints.bytes()).isEqualTo(SiblingsCodec.encodedBytes(small.set()));
  }

  @Test
  void aWalkThatStoodStillTakesNothingOffTheListThatCameLater() {
    step(StoredValue.NOTHING, hint("1"));
    step(hint("1"), StoredValue.NOTHING);
    HintLedger.Recount late = hints.walk(PARTITION);
    walkThroughNothing();
    assertThat(hints.listed(PARTITION)).isFalse();
    step(StoredValue.NOTHING, hint("2"));
    step(hint("2"), hint("3"));
    hints.walked(late);
    assertThat(hints.listed(PARTITION)).isTrue();
    assertThat(hints.hints()).isEqualTo(1);
  }

  private static int bytesOf(StoredValue... hints) {
    return Arrays.stream(hints).mapToInt(hint -> SiblingsCodec.encodedBytes(hint.set())).sum();
  }

  @Test
  void hintsOfAnEarlierLifeAreKnownThoughTheirPartitionIsWrittenToAllTheTime() {
    UUID earlier = new UUID(1, 1);
    UUID present = new UUID(2, 2);
    StoredValue old = hint("\"of an earlier life\"", earlier, 1_000);
    BitSet list = new BitSet();
    list.set(PARTITION);
    HintLedger after = hints(HintLedger.encode(list));
    StoredValue hot = StoredValue.NOTHING;
    for (int i = 0; i < 5; i++) {
      HintLedger.Recount walk = after.walk(PARTITION);
      walk.found(old, old.hint().primaries());
      StoredValue next = hint("\"" + "x".repeat(i) + "\"", present, 9_000);
      StoredValue seen = i % 2 == 0 ? hot : next;
      if (!seen.hint().none()) {
        walk.found(seen, seen.hint().primaries());
      }
      step(after, hot, next);
      hot = next;
      after.walked(walk);
      assertThat(after.primaries(PARTITION)).containsExactly(earlier, present);
      assertThat(after.hints()).isBetween(2L, 3L);
      assertThat(after.bytes()).isBetween((long) bytesOf(old, hot), 2L * bytesOf(old, hot));
      assertThat(after.nextToCount(0)).as("walked through again").isEqualTo(PARTITION);
    }
    HintLedger.Recount quiet = after.walk(PARTITION);
    quiet.found(old, old.hint().primaries());
    quiet.found(hot, hot.hint().primaries());
    after.walked(quiet);
    assertThat(after.hints()).isEqualTo(2);
    assertThat(after.bytes()).isEqualTo(bytesOf(old, hot));
    assertThat(after.nextToCount(0)).isEqualTo(-1);
  }

  @Test
  void whatIsNotShownYetWhenAWalkBeginsIsNotMissed() {
    StoredValue old = hint("1");
    BitSet list = new BitSet();
    list.set(PARTITION);
    HintLedger after = hints(HintLedger.encode(list));
    after.onChange(PARTITION, StoredValue.NOTHING, hint("2"));
    HintLedger.Recount walk = after.walk(PARTITION);
    walk.found(old, old.hint().primaries());
    after.onShown(PARTITION, StoredValue.NOTHING, hint("2"));
    after.walked(walk);
    assertThat(after.hints()).isEqualTo(2);
    step(after, old, StoredValue.NOTHING);
    assertThat(after.hints()).isEqualTo(1);
    assertThat(after.bytes()).isEqualTo(bytesOf(hint("2")));
  }
}
