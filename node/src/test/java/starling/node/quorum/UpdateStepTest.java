package starling.node.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import starling.node.request.BucketProperties.Conflict;
import starling.node.version.Actor;
import starling.node.version.Content;
import starling.node.version.Context;
import starling.node.version.Dot;
import starling.node.version.HybridClock;
import starling.node.version.IdempotencyKey;
import starling.node.version.IdempotencyRecord;
import starling.node.version.Limits;
import starling.node.version.Past;
import starling.node.version.Siblings;
import starling.node.version.Version;

/** The rules P1, P3, P4, P5, P8 and P11, as far as the step that makes an event decides them. */
class UpdateStepTest {
  private static final Actor A = new Actor(1, 1);
  private static final Actor B = new Actor(2, 2);
  private static final Actor HINTS = new Actor(3, 3);

  /** A node: a clock that counts on, a lease, an actor; and what was asked of it. */
  private static final class Node implements UpdateStep.Sources {
    private final Actor actor;
    private final List<String> asked = new ArrayList<>();
    private long floor = -1;
    private long lease = Long.MAX_VALUE;
    private Siblings appended = Siblings.EMPTY;

    Node(Actor actor) {
      this.actor = actor;
    }

    @Override
    public Siblings storedWithNext(Siblings before, Siblings set) {
      asked.add("records");
      return set;
    }

    @Override
    public long nextCounter(long floor) {
      asked.add("counter");
      this.floor = floor;
      return floor + 10 > lease ? HybridClock.NO_LEASE : floor + 10;
    }

    @Override
    public Actor actor() {
      asked.add("actor");
      return actor;
    }

    UpdateStep.Outcome step(
        Context past, String text, Conflict conflict, @Nullable IdempotencyKey id) {
      UpdateStep.Outcome outcome =
          UpdateStep.of(appended, Siblings.EMPTY, past, json(text), conflict, id, null, this);
      if (outcome instanceof UpdateStep.Append append) {
        appended = append.set();
      }
      return outcome;
    }

    UpdateStep.Append put(Context past, String text) {
      return (UpdateStep.Append) step(past, text, Conflict.SIBLINGS, null);
    }
  }

  private static Content json(String text) {
    return Content.json(text.getBytes(StandardCharsets.UTF_8));
  }

  private static Siblings set(Actor actor, long counter, String text) {
    return Siblings.EMPTY.write(Past.EMPTY, new Version(new Dot(actor, counter), json(text)));
  }

  private static List<String> texts(Siblings set) {
    return set.values().stream()
        .map(version -> new String(version.content().bytes(), StandardCharsets.UTF_8))
        .sorted()
        .toList();
  }

  private static Siblings siblings(int count, int bytesOfEach) {
    Siblings set = Siblings.EMPTY;
    for (int i = 1; i <= count; i++) {
      set =
          set.write(
              Past.EMPTY,
              new Version(new Dot(B, i), Content.bytes(new byte[bytesOfEach], null, 0)));
    }
    return set;
  }

  // ---- P1

  /** Two blind writes and two remote sets within one group: each step starts from the newest. */
  @ParameterizedTest
  @ValueSource(strings = {"wwrr", "wrwr", "rwrw", "rrww", "wrrw", "rwwr"})
  void p1EachStepStartsFromTheNewestAppendedSet(String order) {
    Node node = new Node(A);
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < order.length(); i++) {
      String text = order.charAt(i) + "" + i;
      expected.add(text);
      if (order.charAt(i) == 'w') {
        node.put(Context.EMPTY, text);
      } else {
        node.appended = node.appended.join(set(new Actor(9, i), 1_000L * (i + 1), text));
      }
    }
    expected.sort(null);
    assertThat(texts(node.appended)).isEqualTo(expected);
  }

  @Test
  void p1TheDotIsDrawnOncePerEventAndLast() {
    Node node = new Node(A);
    node.put(Context.EMPTY, "1");
    assertThat(node.asked).containsExactly("records", "counter", "actor");
  }

  // ---- P3

  @Test
  void p3TheEventBelongsToTheActorThatTheNodeWritesAs() {
    assertThat(new Node(A).put(Context.EMPTY, "1").event().actor()).isEqualTo(A);
    assertThat(new Node(HINTS).put(Context.EMPTY, "1").event().actor()).isEqualTo(HINTS);
  }

  /** An entry (a,c) says that all of a's events up to c are known: each set knows those before. */
  @Test
  void p3TheSetKnowsAllEarlierEventsOfItsActor() {
    Node node = new Node(A);
    List<Dot> events = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      UpdateStep.Append append = node.put(Context.EMPTY, "" + i);
      events.add(append.event());
      assertThat(events).allMatch(append.set()::covers);
      assertThat(append.set().vector().covers(append.event())).isTrue();
    }
  }

  // ---- P4

  /** What the event replaces is exactly what its past covers, whatever the set has got since. */
  @ParameterizedTest
  @CsvSource({
    "nothing, 'a,b,new'",
    "a, 'b,new'",
    "b, 'a,new'",
    "both, 'new'",
  })
  void p4TheEventReplacesWhatItsPastCoversAndNothingElse(String past, String left) {
    Siblings a = set(A, 100, "a");
    Siblings b = set(B, 50, "b");
    Node node = new Node(A);
    node.appended = a.join(b);
    Context given =
        switch (past) {
          case "a" -> Context.of(a.past());
          case "b" -> Context.of(b.past());
          case "both" -> Context.of(a.join(b).past());
          default -> Context.EMPTY;
        };
    assertThat(texts(node.put(given, "new").set())).containsExactly(left.split(","));
  }

  /** A past that names what this replica never had: the event replaces that too, when it comes. */
  @Test
  void p4TheEventReplacesWhatArrivesLaterIfItsPastCoversIt() {
    Siblings unknown = set(B, 50, "unknown");
    Node node = new Node(A);
    Siblings after = node.put(Context.of(unknown.past()), "new").set();
    assertThat(texts(after.join(unknown))).containsExactly("new");
  }

  /** A single dot claims no earlier event of its actor. */
  @Test
  void p4ASingleDotOfThePastIsNotEnlarged() {
    Siblings first = set(B, 50, "first");
    Siblings second = first.write(Past.EMPTY, new Version(new Dot(B, 60), json("second")));
    Node node = new Node(A);
    Context seesSecond = Context.of(Past.EMPTY.with(new Dot(B, 60)));
    Siblings after = node.put(seesSecond, "new").set();
    assertThat(texts(after.join(second))).containsExactly("first", "new");
  }

  // ---- P5

  /** The second of two blind writes replaces the first exactly if its quorum has seen the first. */
  @ParameterizedTest
  @CsvSource({"true, true, '2'", "true, false, '2'", "false, true, '1,2'", "false, false, '1,2'"})
  void p5ABlindWriteReplacesWhatItsQuorumHasSeen(
      boolean heard, boolean sameCoordinator, String left) {
    Node first = new Node(A);
    Siblings acknowledged = first.put(Context.EMPTY, "1").set();
    Node second = new Node(sameCoordinator ? A : B);
    second.appended = sameCoordinator ? acknowledged : Siblings.EMPTY;
    second.put(heard ? Context.of(acknowledged.past()) : Context.EMPTY, "2");
    assertThat(texts(second.appended.join(acknowledged))).containsExactly(left.split(","));
  }

  // ---- P8

  /** Above the set, above the past, and above what the set got for a repetition. */
  @ParameterizedTest
  @CsvSource({"0, 0", "70, 0", "0, 70", "70, 90", "90, 70"})
  void p8TheCounterExceedsEveryCounterInSetAndPast(long inSet, long inPast) {
    Node node = new Node(A);
    node.appended = inSet == 0 ? Siblings.EMPTY : set(B, inSet, "there");
    Past past = inPast == 0 ? Past.EMPTY : Past.EMPTY.with(new Dot(HINTS, inPast));
    Dot event = node.put(Context.of(past), "new").event();
    assertThat(node.floor).isEqualTo(Math.max(inSet, inPast));
    assertThat(event.counter()).isGreaterThan(Math.max(inSet, inPast));
  }

  @Test
  void p8WithoutALeaseThereIsNoEventAndNoActor() {
    Node node = new Node(A);
    node.lease = 5;
    assertThat(node.step(Context.EMPTY, "1", Conflict.SIBLINGS, null))
        .isEqualTo(UpdateStep.NeedLease.NEED_LEASE);
    assertThat(node.asked).doesNotContain("actor");
    assertThat(node.appended).isEqualTo(Siblings.EMPTY);
  }

  @Test
  void p8WhereTheLastWriterWinsTheHigherEventOfTheSetDoesNotSurvive() {
    Node node = new Node(A);
    node.appended = set(B, 1_000, "ahead");
    UpdateStep.Append append =
        (UpdateStep.Append) node.step(Context.EMPTY, "later", Conflict.LWW, null);
    assertThat(texts(append.set())).containsExactly("later");
  }

  // ---- P11

  @ParameterizedTest
  @CsvSource({
    "63, 1, false, APPENDED",
    "64, 1, false, TOO_MANY_SIBLINGS",
    "150, 1, false, TOO_MANY_SIBLINGS",
    "150, 1, true, APPENDED",
    "16, 1048576, false, TOO_MANY_BYTES",
    "16, 1048576, true, APPENDED",
    "150, 1048576, true, APPENDED",
  })
  void p11AWriteThatResolvesIsAlwaysTaken(
      int siblings, int bytes, boolean resolves, String expected) {
    Node node = new Node(A);
    node.appended = siblings(siblings, bytes);
    Context past = resolves ? Context.of(node.appended) : Context.EMPTY;
    UpdateStep.Outcome outcome = node.step(past, "new", Conflict.SIBLINGS, null);
    assertThat(outcome instanceof UpdateStep.Append ? "APPENDED" : outcome.toString())
        .isEqualTo(expected);
  }

  /** A repetition makes no event: what replicas hold must always be able to come together. */
  @Test
  void p11ARepetitionIsNeverLimited() {
    IdempotencyKey id = new IdempotencyKey(7, 7, 7);
    Dot event = new Dot(A, 5_000);
    Siblings over = siblings(150, 1);
    Siblings known =
        over.write(Past.EMPTY, new Version(event, json("mine")))
            .withMark(id.mark(event, Past.EMPTY));
    Node node = new Node(A);
    node.appended = known;
    assertThat(node.step(Context.EMPTY, "mine", Conflict.SIBLINGS, id))
        .isEqualTo(new UpdateStep.Repeat(known, id.mark(event, Past.EMPTY)));
    assertThat(node.asked).isEmpty();
    assertThat(known.siblings()).isGreaterThan(Limits.MAX_VERSIONS);
  }

  // ---- idempotency records

  @Test
  void aWriteMakesItsEventOnce() {
    Node node = new Node(A);
    IdempotencyKey id = new IdempotencyKey(7, 7, 7);
    UpdateStep.Append first =
        (UpdateStep.Append) node.step(Context.EMPTY, "1", Conflict.SIBLINGS, id);
    IdempotencyRecord record = id.mark(first.event(), Past.EMPTY);
    assertThat(first.record()).isEqualTo(record);
    assertThat(node.step(Context.EMPTY, "1", Conflict.SIBLINGS, id))
        .isEqualTo(new UpdateStep.Repeat(first.set(), record));
    assertThat(node.step(Context.EMPTY, "2", Conflict.SIBLINGS, new IdempotencyKey(7, 7, 8)))
        .isEqualTo(UpdateStep.Reject.OTHER_REQUEST);
  }

  /** The event stands on another replica only: it is joined in, and no second one is made. */
  @ParameterizedTest
  @CsvSource({"SIBLINGS, 'elsewhere,here'", "LWW, 'here'"})
  void anEventThatAnotherReplicaKnowsIsJoinedIn(Conflict conflict, String left) {
    IdempotencyKey id = new IdempotencyKey(7, 7, 7);
    IdempotencyRecord record = id.mark(new Dot(B, 50), Past.EMPTY);
    Siblings elsewhere = set(B, 50, "elsewhere").withMark(record);
    Siblings here = set(A, 100, "here");
    UpdateStep.Repeat repeat =
        (UpdateStep.Repeat)
            UpdateStep.of(
                here, elsewhere, Context.EMPTY, json("1"), conflict, id, null, new Node(A));
    assertThat(repeat.record()).isEqualTo(record);
    assertThat(texts(repeat.set())).containsExactly(left.split(","));
  }

  @Test
  void aRecordThatWasKnownAndIsForgottenStillCounts() {
    IdempotencyKey id = new IdempotencyKey(7, 7, 7);
    IdempotencyRecord known = id.mark(new Dot(B, 50), Past.EMPTY);
    Siblings newest = set(A, 100, "there");
    assertThat(
            UpdateStep.of(
                newest,
                Siblings.EMPTY,
                Context.EMPTY,
                json("1"),
                Conflict.SIBLINGS,
                id,
                known,
                new Node(A)))
        .isEqualTo(new UpdateStep.Repeat(newest, known));
  }

  @Test
  void aSetFullOfYoungRecordsTakesNoFurtherOne() {
    Node node = new Node(A);
    for (int i = 0; i < IdempotencyRecord.MAX_YOUNG; i++) {
      node.step(Context.of(node.appended), "" + i, Conflict.SIBLINGS, new IdempotencyKey(1, i, 7));
    }
    node.asked.clear();
    assertThat(node.step(Context.EMPTY, "one more", Conflict.SIBLINGS, new IdempotencyKey(2, 2, 7)))
        .isEqualTo(UpdateStep.Reject.TOO_MANY_RECORDS);
    assertThat(node.asked).containsExactly("records");
    assertThat(node.put(Context.of(node.appended), "without").set().siblings()).isEqualTo(1);
  }
}
