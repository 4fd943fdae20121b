package starling.node.quorum;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import starling.node.request.BucketProperties.Conflict;
import starling.node.version.Past;
import starling.node.version.Siblings;

/**
 * Decides one read: which replicas to ask for what, when enough have answered, the answer, and the
 * replicas to repair. Dynamo, section 4.5, with digests: one replica sends its whole set, the
 * others a version hash, and only where those differ do further whole sets travel.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>A quorum counts positions of the preference list, as {@link Positions} says; a node counts
 *       once, however often it answers.
 *   <li>The answer is a join of whole sets as nodes hold them; no part of a set is left out.
 *   <li>An incomplete replica adds its set and does not count for the quorum; a fallback counts
 *       only if it holds a set, and never among the primaries.
 *   <li>If the read has a context, the answer covers it. If it does not although every primary, all
 *       of them complete, and every other node that could hold a hint has answered, and then every
 *       primary once more (a hint may have been delivered in between), the missing part is lost:
 *       nothing is reaped or pruned yet that could account for it.
 * </ol>
 *
 * <p>Nodes are named by their index: primaries first, then fallbacks in the order they were added.
 * Owned by the request's thread; knows no time: the shell calls {@link #onSlow} when it has waited
 * longer than is usual.
 */
public final class ReadCoordination {
  /** The kind of a request to a replica. */
  public enum Wanted {
    WHOLE,
    DIGEST
  }

  /** The next actions of a read. The shell carries them out in their order. */
  public sealed interface Directive {
    /** Calls the one method of {@code shell} that fits. */
    void carryOut(Shell shell);
  }

  /** Carries directives out; one method per kind, so that the compiler finds a missing one. */
  public interface Shell {
    void ask(Ask ask);

    void askFallbackOf(int primary);

    void askAllOthers();
  }

  /** Ask one replica for its set or its version hash. */
  public record Ask(int replica, Wanted wanted) implements Directive {
    @Override
    public void carryOut(Shell shell) {
      shell.ask(this);
    }
  }

  /**
   * A primary has failed, is slow or may have lost data, and without it the quorum cannot be met:
   * answer with {@link #addFallback} or {@link #noFallbackFor}.
   */
  public record AskFallbackOf(int primary) implements Directive {
    @Override
    public void carryOut(Shell shell) {
      shell.askFallbackOf(primary);
    }
  }

  /**
   * Versions that the reader has seen may be in hints alone: answer with {@link #alsoAsk} for each
   * other node that can be asked, then with {@link #othersAsked}.
   */
  public record AskAllOthers() implements Directive {
    @Override
    public void carryOut(Shell shell) {
      shell.askAllOthers();
    }
  }

  /** The state of the read. */
  public enum Progress {
    WAITING,
    ENOUGH,
    /** Too few replicas are left that could still answer. */
    HOPELESS,
    /** All reachable replicas answered, and their join does not cover the reader's context. */
    BEHIND,
    /** The same, and no node is left that could hold the rest. */
    LOST
  }

  private enum State {
    UNASKED,
    ASKED,
    ANSWERED,
    GONE
  }

  /** The state of one node. */
  private static final class Replica {
    State state;
    boolean complete;
    boolean askedWhole;
    boolean overdue;

    /** Overdue for so long that a fallback may be asked in its place. */
    boolean late;

    boolean hashKnown;
    long hash;
    @Nullable Siblings set;

    /** For a primary: whether it has a fallback, or none is left. */
    boolean fallbackFound;

    Replica(State state) {
      this.state = state;
    }
  }

  private final int primaries;
  private final int r;
  private final int pr;
  private final @Nullable Past mustCover;
  private final boolean everyone;
  private final Conflict conflict;
  private final List<Replica> replicas;
  private final Positions positions;
  private boolean othersAsked;
  private boolean othersAll;
  private boolean askedAgain;

  /** What primaries held when they were first asked. */
  private Siblings earlier = Siblings.EMPTY;

  /**
   * @param primaries how many the key has; index 0 is asked first
   * @param r how many positions must answer, 1..primaries
   * @param pr how many of them must be primaries
   * @param mustCover what the reader has seen, or null
   * @param everyone asks all at once for whole sets (for conditions, whose answer must not wait)
   * @param conflict how the bucket joins sets
   */
  public ReadCoordination(
      int primaries, int r, int pr, @Nullable Past mustCover, boolean everyone, Conflict conflict) {
    if (r < 1 || r > primaries || pr > primaries) {
      throw new IllegalArgumentException("cannot read " + r + ", " + pr + " of " + primaries);
    }
    this.primaries = primaries;
    this.r = r;
    this.pr = pr;
    this.mustCover = mustCover;
    this.everyone = everyone;
    this.conflict = conflict;
    this.positions = new Positions(primaries);
    this.replicas = new ArrayList<>(primaries + 1);
    for (int i = 0; i < primaries; i++) {
      replicas.add(new Replica(State.UNASKED));
    }
  }

  /** The first directives. */
  public List<Directive> begin() {
    return askMore(everyone ? primaries : Math.max(r, pr));
  }

  /** A replica's whole set. */
  public List<Directive> onSet(int replica, Siblings set, boolean isComplete) {
    Replica heard = replicas.get(replica);
    heard.state = State.ANSWERED;
    heard.set = set;
    heard.hash = set.hash();
    heard.hashKnown = true;
    heard.complete = isComplete;
    return next();
  }

  /** A replica's version hash. */
  public List<Directive> onDigest(int replica, long hash, boolean isComplete) {
    Replica heard = replicas.get(replica);
    if (heard.set != null) {
      return List.of();
    }
    heard.state = State.ANSWERED;
    heard.hash = hash;
    heard.hashKnown = true;
    heard.complete = isComplete;
    return next();
  }

  /** A replica that surely will not answer. */
  public List<Directive> onGone(int replica) {
    Replica gone = replicas.get(replica);
    if (gone.set == null) {
      gone.state = State.GONE;
      gone.hashKnown = false;
    }
    return next();
  }

  /**
   * A replica is slower than usual: asks as many more as a quorum without it needs.
   *
   * @param late whether it has lasted so long that fallbacks, too, may be asked
   */
  public List<Directive> onSlow(boolean late) {
    for (Replica replica : replicas) {
      replica.overdue = replica.state == State.ASKED;
      replica.late = replica.overdue && late;
    }
    return askInsteadOfOverdue();
  }

  /** This node has owed answers for long: no read should wait for it. */
  public List<Directive> onLate(int replica) {
    Replica late = replicas.get(replica);
    late.overdue = late.state == State.ASKED;
    late.late = late.overdue;
    return late.overdue ? askInsteadOfOverdue() : List.of();
  }

  /** At least one more is asked, if there is one: those that answered may hold different sets. */
  private List<Directive> askInsteadOfOverdue() {
    List<Directive> asks = new ArrayList<>(2);
    if (needsWhole() && !wholeComesSoon()) {
      asks.addAll(askWholeOfAnother());
    }
    positions.clear();
    for (int i = 0; i < replicas.size(); i++) {
      Replica each = replicas.get(i);
      boolean comes = each.state == State.ASKED && !each.overdue;
      if (comes || (each.state == State.ANSWERED && mayCount(i))) {
        positions.count(i);
      }
    }
    asks.addAll(askMore(Math.max(asks.isEmpty() ? 1 : 0, r - positions.filled())));
    return asks;
  }

  private boolean wholeComesSoon() {
    for (Replica replica : replicas) {
      if (replica.askedWhole && replica.state == State.ASKED && !replica.overdue) {
        return true;
      }
    }
    return false;
  }

  /** Further directives when all so far are carried out and the read still waits. */
  public List<Directive> further() {
    List<Directive> fallbacks = fallbacks();
    if (!fallbacks.isEmpty()) {
      return fallbacks;
    }
    return wantsOthers() ? List.of(new AskAllOthers()) : askAgain();
  }

  /** Fallbacks of missing primaries, if the quorum cannot be met without them. */
  private List<Directive> fallbacks() {
    positions.clear();
    for (int i = 0; i < replicas.size(); i++) {
      Replica each = replicas.get(i);
      boolean comes = each.state == State.UNASKED || each.state == State.ASKED;
      boolean came = each.state == State.ANSWERED && mayCount(i);
      if ((comes && !each.late) || came) {
        positions.count(i);
      }
    }
    int expected = positions.filled();
    if (everyone || expected >= r) {
      return List.of();
    }
    List<Directive> absent = new ArrayList<>();
    for (int i = 0; i < primaries && absent.size() < r - expected; i++) {
      Replica each = replicas.get(i);
      boolean missing =
          each.state == State.GONE
              || (each.state == State.ASKED && each.late)
              || (each.state == State.ANSWERED && !each.complete);
      if (missing && !each.fallbackFound) {
        absent.add(new AskFallbackOf(i));
      }
    }
    return absent;
  }

  /**
   * One more node is asked because a primary is absent; it is the next index, and asked for its
   * whole set.
   *
   * @param mayFill the positions that it may fill, as in {@link Positions#add}: that primary's for
   *     the fallback that would replace it, any for a hint holder, whose hints may be of any
   */
  public Ask addFallback(int primary, int mayFill) {
    replicas.get(primary).fallbackFound = true;
    return ask(mayFill);
  }

  /** No node is left that could be a fallback of this primary. */
  public void noFallbackFor(int primary) {
    replicas.get(primary).fallbackFound = true;
  }

  /** One more node may hold something; it is the next index, and asked for its whole set. */
  public Ask alsoAsk() {
    return ask(Positions.any());
  }

  private Ask ask(int mayFill) {
    positions.add(mayFill);
    Replica more = new Replica(State.ASKED);
    more.askedWhole = true;
    replicas.add(more);
    return new Ask(replicas.size() - 1, Wanted.WHOLE);
  }

  /** Whether the reader's past may be in hints alone. */
  private boolean wantsOthers() {
    return !othersAsked && mustCover != null && noneComesSoon() && !covered();
  }

  /**
   * @param all whether every other node of the ring was asked
   */
  public void othersAsked(boolean all) {
    othersAsked = true;
    othersAll = all;
  }

  /**
   * Asks every primary once more if no node holds what the reader has seen. A node removes a hint
   * only when a primary has it, so this read finds it if any node holds it.
   */
  private List<Directive> askAgain() {
    if (askedAgain
        || !othersAsked
        || mustCover == null
        || covered()
        || setsAreComing()
        || !everyoneAnswered()) {
      return List.of();
    }
    askedAgain = true;
    earlier = outcome();
    List<Directive> asks = new ArrayList<>(primaries);
    for (int i = 0; i < primaries; i++) {
      Replica primary = new Replica(State.UNASKED);
      primary.fallbackFound = true;
      replicas.set(i, primary);
      asks.add(whole(i));
    }
    return asks;
  }

  /** Whether every primary, all of them complete, and every other node of the ring has answered. */
  private boolean everyoneAnswered() {
    for (int i = 0; i < replicas.size(); i++) {
      boolean counts = i >= primaries || mayCount(i);
      if (replicas.get(i).state != State.ANSWERED || !settled(i) || !counts) {
        return false;
      }
    }
    return othersAll;
  }

  /**
   * Whether a node that has sent its hash still owes its set, which may be from an earlier time.
   */
  private boolean setsAreComing() {
    for (Replica replica : replicas) {
      if (replica.state == State.ANSWERED && replica.askedWhole && replica.set == null) {
        return true;
      }
    }
    return false;
  }

  private Progress progressAgain() {
    if (covered()) {
      return Progress.ENOUGH;
    }
    for (Replica replica : replicas) {
      if (replica.state == State.ASKED) {
        return Progress.WAITING;
      }
    }
    return everyoneAnswered() ? Progress.LOST : Progress.BEHIND;
  }

  public Progress progress() {
    if (askedAgain) {
      return progressAgain();
    }
    int countedPrimaries = 0;
    int possible = 0;
    int possiblePrimaries = 0;
    positions.clear();
    for (int i = 0; i < replicas.size(); i++) {
      int primary = i < primaries ? 1 : 0;
      if (settled(i)) {
        if (mayCount(i)) {
          positions.count(i);
          countedPrimaries += primary;
        }
      } else if (replicas.get(i).state != State.GONE) {
        possible++;
        possiblePrimaries += primary;
      }
    }
    if (positions.filled() < r || countedPrimaries < pr) {
      return stillPossible() < r || countedPrimaries + possiblePrimaries < pr
          ? Progress.HOPELESS
          : Progress.WAITING;
    }
    if (!covered()) {
      if (possible > 0 || !othersAsked || setsAreComing()) {
        return Progress.WAITING;
      }
      return everyoneAnswered() ? Progress.WAITING : Progress.BEHIND;
    }
    return Progress.ENOUGH;
  }

  /** The same when the read waits for nothing more: enough may have answered and be stale. */
  public Progress atDeadline() {
    Progress progress = progress();
    return progress == Progress.WAITING && !covered() && quorumAnswered()
        ? Progress.BEHIND
        : progress;
  }

  private boolean quorumAnswered() {
    int countedPrimaries = 0;
    positions.clear();
    for (int i = 0; i < replicas.size(); i++) {
      if (settled(i) && mayCount(i)) {
        positions.count(i);
        countedPrimaries += i < primaries ? 1 : 0;
      }
    }
    return askedAgain || (positions.filled() >= r && countedPrimaries >= pr);
  }

  /** How many positions those fill that count, with all that may still answer. */
  private int stillPossible() {
    positions.clear();
    for (int i = 0; i < replicas.size(); i++) {
      if (settled(i) ? mayCount(i) : replicas.get(i).state != State.GONE) {
        positions.count(i);
      }
    }
    return positions.filled();
  }

  /** The join of all whole sets that came. */
  public Siblings outcome() {
    Siblings joined = earlier;
    for (Replica replica : replicas) {
      if (replica.set != null) {
        joined =
            conflict == Conflict.LWW ? joined.joinLatest(replica.set) : joined.join(replica.set);
      }
    }
    return joined;
  }

  /** Primaries that answered and hold something else than {@code joined}. */
  public List<Integer> repairs(Siblings joined) {
    List<Integer> stale = new ArrayList<>();
    for (int i = 0; i < primaries; i++) {
      if (replicas.get(i).hashKnown && replicas.get(i).hash != joined.hash()) {
        stale.add(i);
      }
    }
    return stale;
  }

  /** How many nodes that count have answered so far. */
  public int answered() {
    int answered = 0;
    for (int i = 0; i < replicas.size(); i++) {
      answered += replicas.get(i).state == State.ANSWERED && mayCount(i) ? 1 : 0;
    }
    return answered;
  }

  /** Whether this replica has answered. */
  public boolean hasAnswered(int replica) {
    return replicas.get(replica).state == State.ANSWERED;
  }

  private List<Directive> next() {
    List<Directive> asks = new ArrayList<>(2);
    // A digest that equals no whole set shows that its replica holds versions that the read must
    // see.
    if (needsWhole() && !wholeUnderWay()) {
      asks.addAll(askWholeOfAnother());
    }
    for (int i = 0; i < replicas.size(); i++) {
      Replica each = replicas.get(i);
      if (each.state == State.ANSWERED && !settled(i) && !each.askedWhole && !needsWhole()) {
        asks.add(whole(i));
      }
    }
    int countingPrimaries = 0;
    positions.clear();
    for (int i = 0; i < replicas.size(); i++) {
      Replica each = replicas.get(i);
      if (each.state == State.ASKED || (each.state == State.ANSWERED && mayCount(i))) {
        positions.count(i);
        countingPrimaries += i < primaries ? 1 : 0;
      }
    }
    int counting = positions.filled();
    if (counting < r || countingPrimaries < pr) {
      asks.addAll(askMore(Math.max(r - counting, pr - countingPrimaries)));
    } else if (mustCover != null && !needsWhole() && allAskedSettled() && !covered()) {
      asks.addAll(askMore(primaries));
    }
    return asks;
  }

  /** Whether the answer of this node counts, once its set is known. */
  private boolean mayCount(int i) {
    Replica each = replicas.get(i);
    return each.complete && (i < primaries || each.hash != Siblings.EMPTY.hash());
  }

  /** A replica is settled when its set is here, or equals one that is. */
  private boolean settled(int replica) {
    Replica asked = replicas.get(replica);
    if (!asked.hashKnown) {
      return false;
    }
    if (asked.set != null) {
      return true;
    }
    for (Replica each : replicas) {
      if (each.set != null && each.hash == asked.hash) {
        return true;
      }
    }
    return false;
  }

  private boolean allAskedSettled() {
    for (int i = 0; i < replicas.size(); i++) {
      State state = replicas.get(i).state;
      if (state == State.ASKED || (state == State.ANSWERED && !settled(i))) {
        return false;
      }
    }
    return true;
  }

  /** A node without a full answer has failed, or is late. */
  private boolean noneComesSoon() {
    for (int i = 0; i < replicas.size(); i++) {
      Replica each = replicas.get(i);
      if (each.state != State.GONE && !each.late && !settled(i)) {
        return false;
      }
    }
    return true;
  }

  private boolean covered() {
    return mustCover == null || outcome().covers(mustCover);
  }

  private boolean needsWhole() {
    for (Replica replica : replicas) {
      if (replica.set != null) {
        return false;
      }
    }
    return true;
  }

  private boolean wholeUnderWay() {
    for (Replica replica : replicas) {
      if (replica.askedWhole && replica.set == null && replica.state != State.GONE) {
        return true;
      }
    }
    return false;
  }

  /** Prefers a node that has answered with a digest: it is up, and quick. */
  private List<Directive> askWholeOfAnother() {
    for (int i = 0; i < primaries; i++) {
      if (replicas.get(i).state == State.ANSWERED && !replicas.get(i).askedWhole) {
        return List.of(whole(i));
      }
    }
    for (State state : List.of(State.UNASKED, State.ASKED)) {
      for (int i = 0; i < primaries; i++) {
        if (replicas.get(i).state == state && !replicas.get(i).askedWhole) {
          return List.of(whole(i));
        }
      }
    }
    return List.of();
  }

  private Ask whole(int replica) {
    Replica asked = replicas.get(replica);
    asked.askedWhole = true;
    if (asked.state == State.UNASKED) {
      asked.state = State.ASKED;
    }
    return new Ask(replica, Wanted.WHOLE);
  }

  private List<Directive> askMore(int count) {
    List<Directive> asks = new ArrayList<>(count);
    for (int i = 0; i < primaries && asks.size() < count; i++) {
      if (replicas.get(i).state == State.UNASKED) {
        if (everyone || (needsWhole() && !wholeUnderWay())) {
          asks.add(whole(i));
        } else {
          replicas.get(i).state = State.ASKED;
          asks.add(new Ask(i, Wanted.DIGEST));
        }
      }
    }
    return asks;
  }
}
