package starling.node.version;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * One request with an idempotency key that is sent to several replicas, among writes of other
 * clients: all short histories of two replicas, and many long ones of four. After each step every
 * set is judged by the causal model: a version of the request is gone only if a write that is not
 * of the request, and that the version does not follow, has replaced an event of the request; and
 * then it is gone wherever both events are known, unless the version itself has replaced something
 * newer.
 */
class TwinHistoriesTest {
  private static final IdempotencyKey KEY = new IdempotencyKey(1, 2, 3);

  private record Replica(Siblings set, BitSet known) {}

  private record Client(Context context, BitSet claims) {}

  private final CausalModel model = new CausalModel();
  private final List<IdempotencyRecord> request = new ArrayList<>();
  private final BitSet tries = new BitSet();
  private final Deque<String> path = new ArrayDeque<>();
  private Replica[] replicas = {};
  private Client client = new Client(Context.EMPTY, new BitSet());
  private Random ahead = new Random(0);
  private boolean forgotten;
  private int states;
  private int removed;
  private int kept;

  @BeforeEach
  void twoReplicas() {
    begin(2);
  }

  private void begin(int count) {
    replicas = new Replica[count];
    Arrays.fill(replicas, new Replica(Siblings.EMPTY, new BitSet()));
    client = new Client(Context.EMPTY, new BitSet());
    while (model.size() > 0) {
      model.forgetLast();
    }
    request.clear();
    tries.clear();
    path.clear();
    forgotten = false;
  }

  @Test
  void everyShortHistoryRemovesTwinsOfWhatWasReplacedAndNothingElse() {
    walk(6);
    assertThat(states).isGreaterThan(500_000);
    assertThat(removed).as("states in which a twin was removed").isGreaterThan(1_000);
    assertThat(kept).as("states in which a version that replaced more stays").isGreaterThan(100);
  }

  @Test
  void soDoManyLongHistoriesOfFourReplicasWhateverTheirClocksShow() {
    for (int seed = 0; seed < 20_000; seed++) {
      begin(4);
      ahead = new Random(seed);
      Random random = new Random(seed);
      for (int step = 0; step < 18; step++) {
        step(random);
        judge();
      }
      converge("seed " + seed);
    }
    assertThat(removed).isGreaterThan(1_000);
    assertThat(kept).isGreaterThan(100);
  }

  @Test
  void whereRecordsAreForgottenNothingIsLostAndReplicasConverge() {
    for (int seed = 0; seed < 20_000; seed++) {
      begin(4);
      ahead = new Random(seed);
      Random random = new Random(seed);
      for (int step = 0; step < 18; step++) {
        if (random.nextInt(6) == 0) {
          forget(random.nextInt(4));
        }
        step(random);
        judge();
      }
      converge("seed " + seed);
    }
  }

  @Test
  void theJoinOfSetsWithTwinsKeepsItsLaws() {
    for (int seed = 0; seed < 5_000; seed++) {
      begin(4);
      ahead = new Random(seed);
      Random random = new Random(seed);
      List<Siblings> sets = new ArrayList<>();
      for (int step = 0; step < 18; step++) {
        step(random);
        Arrays.stream(replicas).map(Replica::set).forEach(sets::add);
      }
      for (int i = 0; i < 20; i++) {
        Siblings a = sets.get(random.nextInt(sets.size()));
        Siblings b = sets.get(random.nextInt(sets.size()));
        Siblings c = sets.get(random.nextInt(sets.size()));
        assertThat(a.join(b)).as("seed %d", seed).isEqualTo(b.join(a));
        assertThat(a.join(b).join(b)).as("seed %d", seed).isEqualTo(a.join(b));
        assertThat(a.join(b).past()).isEqualTo(a.past().join(b.past()));
        Siblings left = a.join(b).join(c);
        Siblings right = a.join(b.join(c));
        if (request.size() < 3) {
          assertThat(left).as("seed %d", seed).isEqualTo(right);
          assertThat(left.hash()).isEqualTo(right.hash());
        }
        assertThat(left.join(right)).as("seed %d", seed).isEqualTo(right.join(left));
        byte[] bytes = SiblingsCodec.encode(left);
        assertThat(bytes).hasSize(SiblingsCodec.encodedBytes(left));
        assertThat(SiblingsCodec.decode(bytes)).isEqualTo(left);
        assertThat(SiblingsCodec.decode(bytes).hash()).isEqualTo(left.hash());
      }
    }
  }

  // ---- steps

  private void step(Random random) {
    int at = random.nextInt(replicas.length);
    int other = (at + 1 + random.nextInt(replicas.length - 1)) % replicas.length;
    switch (random.nextInt(7)) {
      case 0 -> send(at, Context.EMPTY, new BitSet());
      case 1 -> send(at, Context.of(replicas[at].set().past()), seen(at));
      case 2 -> write(at, client.context(), client.claims());
      case 3 -> write(at, Context.of(replicas[at].set().past()), seen(at));
      case 4 -> read(at);
      default -> travel(at, other);
    }
  }

  private void walk(int left) {
    if (left == 0) {
      return;
    }
    for (int r = 0; r < replicas.length; r++) {
      int at = r;
      walk(left, at + " is sent it, and nothing seen", () -> send(at, Context.EMPTY, new BitSet()));
      walk(
          left,
          at + " is sent it blind",
          () -> send(at, Context.of(replicas[at].set().past()), seen(at)));
      walk(left, "a write at " + at, () -> write(at, client.context(), client.claims()));
      walk(left, "a write at " + at + " without records", () -> writeWithoutRecords(at));
      walk(left, "a read of " + at, () -> read(at));
      walk(left, at + " travels", () -> travel(at, 1 - at));
    }
  }

  private void walk(int left, String words, Runnable step) {
    Replica[] before = replicas.clone();
    Client held = client;
    int events = model.size();
    int marks = request.size();
    path.addLast(words);
    step.run();
    judge();
    walk(left - 1);
    path.removeLast();
    replicas = before;
    client = held;
    while (model.size() > events) {
      model.forgetLast();
    }
    tries.clear(events, Math.max(events, tries.length()));
    while (request.size() > marks) {
      request.remove(request.size() - 1);
    }
  }

  private BitSet seen(int at) {
    return model.seen(replicas[at].known());
  }

  /** The request, if it is not known here: then it makes an event. */
  private void send(int at, Context context, BitSet claims) {
    Siblings set = replicas[at].set().withMarksOf(context);
    if (KEY.first(set) != null) {
      return;
    }
    Past replaced = set.withTwins(context.past());
    Dot dot = next(at, replaced);
    IdempotencyRecord mark = KEY.mark(dot, replaced);
    tries.set(made(at, dot, set.write(context.past(), version(dot)).withMark(mark), claims));
    request.add(mark);
  }

  /** A write of another client; it goes on with what it is told. */
  private void write(int at, Context context, BitSet claims) {
    Siblings set = replicas[at].set().withMarksOf(context);
    Past past = context.past();
    Dot dot = next(at, past);
    int event = made(at, dot, set.write(past, version(dot)), claims);
    BitSet told = (BitSet) claims.clone();
    told.set(event);
    client = new Client(new Context(past.with(dot), context.marks()), told);
  }

  /** The same with a context in which there was no room for idempotency records. */
  private void writeWithoutRecords(int at) {
    write(at, Context.of(client.context().past()), client.claims());
  }

  private Dot next(int at, Past past) {
    long floor = Math.max(replicas[at].set().highestCounter(), past.highestCounter());
    return Sample.dot(1 + at, floor + 1 + ahead.nextInt(4));
  }

  private static Version version(Dot dot) {
    return new Version(dot, Sample.json("x"));
  }

  private int made(int at, Dot dot, Siblings after, BitSet claims) {
    int event = model.event(dot, claims);
    BitSet known = (BitSet) replicas[at].known().clone();
    known.set(event);
    replicas[at] = new Replica(after, known);
    return event;
  }

  private void read(int at) {
    client = new Client(Context.of(replicas[at].set()), seen(at));
  }

  private void travel(int from, int to) {
    BitSet known = (BitSet) replicas[to].known().clone();
    known.or(replicas[from].known());
    Siblings sent = SiblingsCodec.decode(SiblingsCodec.encode(replicas[from].set()));
    replicas[to] = new Replica(replicas[to].set().join(sent), known);
  }

  private void forget(int at) {
    Siblings set = replicas[at].set();
    forgotten |= !set.marks().isEmpty();
    replicas[at] = new Replica(set.withoutMarks(new HashSet<>(set.marks())), replicas[at].known());
  }

  // ---- what must hold

  private void judge() {
    states++;
    for (Replica replica : replicas) {
      BitSet standing = model.standing(replica.known());
      for (int event = 0; event < model.size(); event++) {
        judge(replica, event, standing.get(event));
      }
      Siblings set = replica.set();
      assertThat(set.join(set)).as("%s", path).isSameAs(set);
      BitSet claimed = new BitSet();
      BitSet known = (BitSet) replica.known().clone();
      known.andNot(tries);
      known.stream()
          .forEach(
              write -> tries.stream().filter(t -> model.claims(write, t)).forEach(claimed::set));
      boolean made = replica.known().intersects(tries);
      boolean shown = tries.stream().anyMatch(t -> set.version(model.dot(t)) != null);
      assertThat(shown || !made || !claimed.isEmpty())
          .as("nothing but the request itself replaced it, and it is gone: %s", replica)
          .isTrue();
    }
  }

  private void judge(Replica replica, int event, boolean mustStand) {
    boolean stands = replica.set().version(model.dot(event)) != null;
    if (!mustStand || !tries.get(event)) {
      boolean twinReplaced = tries.get(event) && !stands;
      assertThat(stands || twinReplaced || !replica.known().get(event) || !mustStand)
          .as("%s of %s after %s", model.dot(event), replica, path)
          .isTrue();
      assertThat(!stands || mustStand).as("%s after %s", model.dot(event), path).isTrue();
      return;
    }
    boolean may = false;
    boolean must = false;
    boolean above = false;
    for (int twin = tries.nextSetBit(0); twin >= 0; twin = tries.nextSetBit(twin + 1)) {
      for (int write = 0; write < model.size(); write++) {
        boolean ofTheRequest = tries.get(write);
        if (twin != event
            && write != event
            && replica.known().get(write)
            && model.claims(write, twin)
            && (!ofTheRequest || forgotten)) {
          may |= !model.closure(of(event)).get(write);
          must |= !ofTheRequest && replica.known().get(twin);
          above |= mark(event).replaced() >= model.dot(twin).counter();
        }
      }
    }
    if (!stands) {
      removed++;
      assertThat(may).as("lost %s of %s after %s", model.dot(event), replica, path).isTrue();
    } else if (must && !forgotten && request.size() < 3) {
      kept++;
      assertThat(above).as("%s stands after %s", model.dot(event), path).isTrue();
    }
  }

  private static BitSet of(int event) {
    BitSet one = new BitSet();
    one.set(event);
    return one;
  }

  private IdempotencyRecord mark(int event) {
    return request.stream()
        .filter(each -> each.dot().equals(model.dot(event)))
        .findFirst()
        .orElseThrow();
  }

  /** Two rounds in which each hears each: the same hash and the same answer everywhere. */
  private void converge(String as) {
    for (int round = 0; round < 2; round++) {
      for (int from = 0; from < replicas.length; from++) {
        for (int to = 0; to < replicas.length; to++) {
          if (from != to) {
            travel(from, to);
          }
        }
      }
    }
    judge();
    Set<Long> hashes = new HashSet<>();
    Set<List<Version>> answers = new HashSet<>();
    for (Replica replica : replicas) {
      hashes.add(replica.set().hash());
      answers.add(replica.set().values());
    }
    assertThat(hashes).as(as).hasSize(1);
    assertThat(answers).as(as).hasSize(1);
    long shown =
        replicas[0].set().values().stream()
            .filter(version -> request.stream().anyMatch(m -> m.dot().equals(version.dot())))
            .count();
    if (!forgotten) {
      assertThat(shown).as("%s: versions of one request", as).isLessThan(2);
    }
  }
}
