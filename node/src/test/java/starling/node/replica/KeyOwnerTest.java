package starling.node.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import starling.node.metrics.WaitingBytes;
import starling.node.request.Keys;
import starling.node.storage.AppendRejection;
import starling.node.storage.Durability;
import starling.node.storage.Key;
import starling.node.storage.Stored;
import starling.node.version.Actor;
import starling.node.version.Content;
import starling.node.version.Dot;
import starling.node.version.Past;
import starling.node.version.Siblings;
import starling.node.version.Version;

/** Whatever throws, at each point of a step: it ends its own operation and no other. */
class KeyOwnerTest {
  private static final Key KEY = Keys.of("b", "k".getBytes(StandardCharsets.UTF_8));
  private static final long BOUND = 10 * WaitingBytes.OVERHEAD_BYTES;

  private final ScriptedStorage storage = new ScriptedStorage();
  private final List<String> heard = new ArrayList<>();
  private final WaitingBytes waiting = new WaitingBytes(BOUND);
  private @Nullable Throwable onChange;
  private @Nullable Throwable onShown;
  private int changes;
  private int shown;
  private long counter;
  private final KeyOwner owner =
      new KeyOwner(
          storage,
          new KeyOwner.Watcher() {
            @Override
            public void onChange(Key key, int partition, StoredValue before, StoredValue after) {
              changes++;
              toss(onChange);
            }

            @Override
            public void onShown(Key key, int partition, StoredValue before, StoredValue after) {
              shown++;
              toss(onShown);
            }
          },
          waiting);

  static Stream<Throwable> errors() {
    return Stream.of(
        new UncheckedIOException(new IOException("a page of the index")),
        new InternalError("a mapped file was cut"),
        new StackOverflowError(),
        new NoClassDefFoundError("missing"),
        new IllegalStateException("a bug"),
        new IOException("thrown without being declared"));
  }

  @SuppressWarnings("unchecked")
  private static <E extends Throwable> void toss(@Nullable Throwable error) throws E {
    if (error != null) {
      throw (E) error;
    }
  }

  /** A write of one more sibling, which notes under this name what it hears. */
  private void write(String name) {
    write(name, null, null, null);
  }

  private void write(
      String name,
      @Nullable Throwable onDecide,
      @Nullable Throwable onAppended,
      @Nullable Throwable onDone) {
    owner.step(
        KEY,
        0,
        0,
        newest -> {
          toss(onDecide);
          Siblings after =
              newest
                  .set()
                  .write(
                      Past.EMPTY,
                      new Version(new Dot(new Actor(1, ++counter), counter), Content.tombstone()));
          StoredValue kept = new StoredValue(after, Hint.NONE);
          return new KeyOwner.Change(
              kept,
              kept.encode(),
              Durability.SYNCED,
              () -> {
                heard.add(name + " appended");
                toss(onAppended);
              },
              failure -> {
                heard.add(name + (failure == null ? " durable" : " failed"));
                toss(onDone);
              });
        },
        why -> heard.add(name + " " + why));
  }

  private void answerReads() {
    while (!storage.reads.isEmpty()) {
      storage.reads.poll().run();
    }
  }

  private void endAppends() {
    while (!storage.appends.isEmpty()) {
      storage.appends.poll().run();
    }
  }

  private int siblings() {
    Stored stored = storage.held.get(KEY);
    return stored == null ? 0 : StoredValue.decode(stored.set()).set().versions().size();
  }

  private void isFreeAndServed() {
    heard.clear();
    storage.holdsReads = false;
    storage.onRead = null;
    storage.onAppend = null;
    onChange = null;
    onShown = null;
    write("next");
    endAppends();
    assertThat(heard).containsExactly("next appended", "next durable");
    assertThat(owner.busy()).isZero();
    assertThat(waiting.bytes()).isZero();
  }

  @ParameterizedTest
  @MethodSource("errors")
  void aReadThatThrowsIsRefusedAndTheNextStepReadsAgain(Throwable error) {
    storage.onRead = error;
    write("first");
    write("second");
    assertThat(heard).containsExactly("first UNREADABLE", "second UNREADABLE");
    isFreeAndServed();
  }

  @Test
  void anAnswerThatIsNoSetIsRefusedToAllThatWait() {
    storage.held.put(KEY, new Stored(1, new byte[] {99, 99}));
    storage.holdsReads = true;
    write("first");
    write("second");
    answerReads();
    assertThat(heard).containsExactly("first UNREADABLE", "second UNREADABLE");
    storage.held.clear();
    isFreeAndServed();
  }

  @ParameterizedTest
  @MethodSource("errors")
  void aStepThatThrowsIsRefusedAndTheOthersThatWaitAreTaken(Throwable error) {
    storage.holdsReads = true;
    write("first");
    write("second", error, null, null);
    write("third");
    answerReads();
    endAppends();
    assertThat(heard)
        .containsExactly(
            "first appended", "second FAILED", "third appended", "first durable", "third durable");
    assertThat(siblings()).isEqualTo(2);
    isFreeAndServed();
  }

  @ParameterizedTest
  @MethodSource("errors")
  void aRefusalThatThrowsKeepsNobodyElseWaiting(Throwable error) {
    storage.held.put(KEY, new Stored(1, new byte[] {99, 99}));
    storage.holdsReads = true;
    owner.step(KEY, 0, 0, newest -> null, why -> toss(error));
    write("second");
    answerReads();
    assertThat(heard).containsExactly("second UNREADABLE");
    storage.held.clear();
    isFreeAndServed();
  }

  @ParameterizedTest
  @MethodSource("errors")
  void whatFollowsAnAppendUndoesNothingWhereItThrows(Throwable error) {
    onChange = error;
    onShown = error;
    write("first", null, error, error);
    write("second");
    assertThat(changes).isEqualTo(2);
    endAppends();
    assertThat(heard)
        .containsExactly("first appended", "second appended", "first durable", "second durable");
    assertThat(siblings()).isEqualTo(2);
    isFreeAndServed();
  }

  @Test
  void anAppendThatIsTooLargeIsRefusedAndNothingOfItStays() {
    write("first");
    storage.onAppend = new IllegalArgumentException("too large");
    write("second");
    storage.onAppend = null;
    write("third");
    endAppends();
    assertThat(heard)
        .containsExactly(
            "first appended", "second FAILED", "third appended", "first durable", "third durable");
    assertThat(siblings()).isEqualTo(2);
    assertThat(changes).isEqualTo(2);
    isFreeAndServed();
  }

  /** It is not known whether the log took it: its outcome is unknown, and it is in later steps. */
  @ParameterizedTest
  @MethodSource("errors")
  void anAppendThatThrowsHasFailedAndIsNotOverwritten(Throwable error) {
    write("first");
    storage.onAppend = error;
    storage.appendsAndThrows = true;
    write("second");
    storage.onAppend = null;
    write("third");
    endAppends();
    assertThat(heard)
        .containsExactly(
            "first appended", "second failed", "third appended", "first durable", "third durable");
    assertThat(siblings()).isEqualTo(3);
    assertThat(changes).isEqualTo(3);
    assertThat(shown).isEqualTo(3);
    isFreeAndServed();
  }

  @Test
  void aReapThatThrowsLeavesWhatStands() {
    write("first");
    storage.onAppend = new InternalError("planted");
    owner.step(
        KEY,
        0,
        0,
        newest ->
            new KeyOwner.Change(
                StoredValue.NOTHING,
                new byte[0],
                Durability.SYNCED,
                () -> heard.add("reap appended"),
                failure -> heard.add("reap " + (failure == null ? "durable" : "failed"))),
        why -> heard.add("reap " + why));
    storage.onAppend = null;
    write("second");
    endAppends();
    assertThat(heard)
        .containsExactly(
            "first appended", "reap failed", "second appended", "first durable", "second durable");
    assertThat(siblings()).isEqualTo(2);
    isFreeAndServed();
  }

  @Test
  void aRefusedAppendIsToldAndNothingOfItStays() {
    storage.refuses = AppendRejection.DISK_FULL;
    write("first");
    storage.refuses = null;
    assertThat(heard).containsExactly("first DISK_FULL");
    isFreeAndServed();
  }

  @Test
  void whatWaitsForAReadIsBoundedAndServedWhenTheReadReturns() {
    storage.holdsReads = true;
    for (int i = 0; i < 10_000; i++) {
      write("w");
    }
    assertThat(waiting.bytes()).isEqualTo(BOUND);
    assertThat(heard).hasSize(9_990).containsOnly("w " + AppendRejection.QUEUE_FULL);
    heard.clear();
    answerReads();
    endAppends();
    assertThat(siblings()).isEqualTo(10);
    isFreeAndServed();
  }

  @Test
  void whereNothingMayWaitTheKeyIsFreeOnceItsReadReturns() {
    KeyOwner full = new KeyOwner(storage, noWatcher(), new WaitingBytes(0));
    storage.holdsReads = true;
    full.step(KEY, 0, 0, newest -> null, why -> heard.add(why.toString()));
    assertThat(heard).containsExactly("QUEUE_FULL");
    answerReads();
    assertThat(full.busy()).isZero();
  }

  private static KeyOwner.Watcher noWatcher() {
    return new KeyOwner.Watcher() {
      @Override
      public void onChange(Key key, int partition, StoredValue before, StoredValue after) {}

      @Override
      public void onShown(Key key, int partition, StoredValue before, StoredValue after) {}
    };
  }
}
