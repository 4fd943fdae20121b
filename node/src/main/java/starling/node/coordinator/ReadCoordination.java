package starling.node.coordinator;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import starling.node.version.Past;
import starling.node.version.Siblings;

/**
 * Decides one read: whom to ask for what, when enough have answered, what the answer is, and whom
 * to repair. Dynamo, section 4.5, with digests: one replica sends its whole set, the others a
 * version hash, and only where those differ do further whole sets travel.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>A replica counts once, however often it answers.
 *   <li>The answer is a join of whole sets as replicas hold them; nothing is taken from a set.
 *   <li>A replica that may have lost something adds what it has and counts to no quorum.
 *   <li>When the reader brought a past, the answer covers it, or every complete primary was heard.
 * </ol>
 *
 * <p>Replicas are named by their index in the candidate list. Owned by the request's thread; knows
 * no time: the shell calls {@link #onSlow} when it has waited longer than is usual.
 */
public final class ReadCoordination {
  /** What is asked of a replica. */
  public enum Wanted {
    WHOLE,
    DIGEST
  }

  /** One question to one replica. */
  public record Ask(int replica, Wanted wanted) {}

  /** Where the read stands. */
  public enum Progress {
    WAITING,
    ENOUGH,
    /** Too few replicas are left that could still answer. */
    HOPELESS,
    /** All that can answer did, and they have not seen what the reader has seen. */
    BEHIND
  }

  private enum State {
    UNASKED,
    ASKED,
    ANSWERED,
    GONE
  }

  private final int replicas;
  private final int required;
  private final @Nullable Past mustCover;
  private final State[] states;
  private final boolean[] complete;
  private final boolean[] askedWhole;
  private final boolean[] hashKnown;
  private final long[] hashes;
  private final @Nullable Siblings[] sets;
  private final boolean everyone;

  /**
   * @param replicas how many primaries the key has; index 0 is asked first
   * @param required how many complete replicas must answer, 1..replicas
   * @param mustCover what the reader has seen, or null
   * @param everyone asks all at once for whole sets (for conditions, whose answer must not wait)
   */
  public ReadCoordination(int replicas, int required, @Nullable Past mustCover, boolean everyone) {
    if (required < 1 || required > replicas) {
      throw new IllegalArgumentException("cannot read " + required + " of " + replicas);
    }
    this.replicas = replicas;
    this.required = required;
    this.mustCover = mustCover;
    this.everyone = everyone;
    this.states = new State[replicas];
    java.util.Arrays.fill(states, State.UNASKED);
    this.complete = new boolean[replicas];
    this.askedWhole = new boolean[replicas];
    this.hashKnown = new boolean[replicas];
    this.hashes = new long[replicas];
    this.sets = new Siblings[replicas];
  }

  /** The first questions. */
  public List<Ask> begin() {
    return askMore(everyone ? replicas : required);
  }

  /** A replica's whole set. */
  public List<Ask> onSet(int replica, Siblings set, boolean isComplete) {
    states[replica] = State.ANSWERED;
    sets[replica] = set;
    hashes[replica] = set.hash();
    hashKnown[replica] = true;
    complete[replica] = isComplete;
    return next();
  }

  /** A replica's version hash. */
  public List<Ask> onDigest(int replica, long hash, boolean isComplete) {
    if (sets[replica] != null) {
      return List.of();
    }
    states[replica] = State.ANSWERED;
    hashes[replica] = hash;
    hashKnown[replica] = true;
    complete[replica] = isComplete;
    return next();
  }

  /** A replica that surely will not answer. */
  public List<Ask> onGone(int replica) {
    if (sets[replica] == null) {
      states[replica] = State.GONE;
      hashKnown[replica] = false;
    }
    return next();
  }

  /** Somebody is slower than usual: asks one more, while there is one. */
  public List<Ask> onSlow() {
    return needsWhole() ? askWholeOfAnother() : askMore(1);
  }

  public Progress progress() {
    int counted = 0;
    int possible = 0;
    for (int i = 0; i < replicas; i++) {
      if (settled(i)) {
        counted += complete[i] ? 1 : 0;
      } else if (states[i] != State.GONE) {
        possible++;
      }
    }
    if (counted < required) {
      return counted + possible < required ? Progress.HOPELESS : Progress.WAITING;
    }
    if (!covered()) {
      if (possible > 0) {
        return Progress.WAITING;
      }
      return counted == replicas ? Progress.ENOUGH : Progress.BEHIND;
    }
    return Progress.ENOUGH;
  }

  /** The join of all whole sets that came. */
  public Siblings outcome() {
    Siblings joined = Siblings.EMPTY;
    for (Siblings set : sets) {
      if (set != null) {
        joined = joined.join(set);
      }
    }
    return joined;
  }

  /** Replicas that answered and hold something else than {@code joined}. */
  public List<Integer> repairs(Siblings joined) {
    List<Integer> stale = new ArrayList<>();
    for (int i = 0; i < replicas; i++) {
      if (hashKnown[i] && hashes[i] != joined.hash()) {
        stale.add(i);
      }
    }
    return stale;
  }

  /** How many complete replicas have answered so far. */
  public int answered() {
    int answered = 0;
    for (int i = 0; i < replicas; i++) {
      answered += states[i] == State.ANSWERED && complete[i] ? 1 : 0;
    }
    return answered;
  }

  /** Whether this replica has answered. */
  public boolean hasAnswered(int replica) {
    return states[replica] == State.ANSWERED;
  }

  private List<Ask> next() {
    List<Ask> asks = new ArrayList<>(2);
    // A digest that equals no whole set says that its replica holds something we must see.
    if (needsWhole() && !wholeUnderWay()) {
      asks.addAll(askWholeOfAnother());
    }
    for (int i = 0; i < replicas; i++) {
      if (states[i] == State.ANSWERED && !settled(i) && !askedWhole[i] && !needsWhole()) {
        asks.add(whole(i));
      }
    }
    int counting = 0;
    for (int i = 0; i < replicas; i++) {
      if (states[i] == State.ASKED || (states[i] == State.ANSWERED && complete[i])) {
        counting++;
      }
    }
    if (counting < required) {
      asks.addAll(askMore(required - counting));
    } else if (mustCover != null && !needsWhole() && allAskedSettled() && !covered()) {
      asks.addAll(askMore(replicas));
    }
    return asks;
  }

  /** A replica is settled when its set is here, or equals one that is. */
  private boolean settled(int replica) {
    if (!hashKnown[replica]) {
      return false;
    }
    if (sets[replica] != null) {
      return true;
    }
    for (int i = 0; i < replicas; i++) {
      if (sets[i] != null && hashes[i] == hashes[replica]) {
        return true;
      }
    }
    return false;
  }

  private boolean allAskedSettled() {
    for (int i = 0; i < replicas; i++) {
      if (states[i] == State.ASKED || (states[i] == State.ANSWERED && !settled(i))) {
        return false;
      }
    }
    return true;
  }

  private boolean covered() {
    return mustCover == null || outcome().covers(mustCover);
  }

  private boolean needsWhole() {
    for (Siblings set : sets) {
      if (set != null) {
        return false;
      }
    }
    return true;
  }

  private boolean wholeUnderWay() {
    for (int i = 0; i < replicas; i++) {
      if (askedWhole[i] && sets[i] == null && states[i] != State.GONE) {
        return true;
      }
    }
    return false;
  }

  /** Prefers one that has answered with a digest: it is there, and quick. */
  private List<Ask> askWholeOfAnother() {
    for (int i = 0; i < replicas; i++) {
      if (states[i] == State.ANSWERED && !askedWhole[i]) {
        return List.of(whole(i));
      }
    }
    for (int i = 0; i < replicas; i++) {
      if ((states[i] == State.UNASKED || states[i] == State.ASKED) && !askedWhole[i]) {
        return List.of(whole(i));
      }
    }
    return List.of();
  }

  private Ask whole(int replica) {
    askedWhole[replica] = true;
    if (states[replica] == State.UNASKED) {
      states[replica] = State.ASKED;
    }
    return new Ask(replica, Wanted.WHOLE);
  }

  private List<Ask> askMore(int count) {
    List<Ask> asks = new ArrayList<>(count);
    for (int i = 0; i < replicas && asks.size() < count; i++) {
      if (states[i] == State.UNASKED) {
        if (everyone || (needsWhole() && !wholeUnderWay())) {
          asks.add(whole(i));
        } else {
          states[i] = State.ASKED;
          asks.add(new Ask(i, Wanted.DIGEST));
        }
      }
    }
    return asks;
  }
}
