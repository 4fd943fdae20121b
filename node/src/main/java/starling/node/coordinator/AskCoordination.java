package starling.node.coordinator;

import starling.node.version.Past;

/**
 * Collects what a quorum has seen of a key before a blind write makes its event: the event's past
 * is the join of the answers, fixed before its dot exists. Asking first costs a round; writing at
 * once and mending afterwards would save it most of the time, and leaves false siblings when clocks
 * disagree.
 *
 * <p>A replica counts once. Replicas are named by their index among those asked; the coordinator's
 * own answer is its first. An answer that says "the same as yours" adds nothing and counts.
 */
public final class AskCoordination {
  private final int required;
  private final boolean[] answered;
  private final boolean[] gone;
  private int answers;
  private int nothing;
  private final boolean ownEmpty;
  private int left;
  private Past past;

  /**
   * @param replicas how many can be asked, the coordinator among them
   * @param required how many must answer, 1..replicas
   * @param own what the coordinator itself has seen; it is replica 0 and has answered
   */
  public AskCoordination(int replicas, int required, Past own, boolean ownEmpty) {
    if (required < 1 || required > replicas) {
      throw new IllegalArgumentException("cannot ask " + required + " of " + replicas);
    }
    this.required = required;
    this.answered = new boolean[replicas];
    this.gone = new boolean[replicas];
    this.answered[0] = true;
    this.answers = 1;
    this.ownEmpty = ownEmpty;
    this.nothing = ownEmpty ? 1 : 0;
    this.left = replicas - 1;
    this.past = own;
  }

  /** The replica has seen exactly what the coordinator has. */
  public void onSame(int replica) {
    count(replica, ownEmpty);
  }

  /** What the replica has seen. */
  public void onPast(int replica, Past seen, boolean empty) {
    if (count(replica, empty)) {
      past = past.join(seen);
    }
  }

  /** The replica will surely not answer. */
  public void onGone(int replica) {
    if (!answered[replica] && !gone[replica]) {
      gone[replica] = true;
      left--;
    }
  }

  private boolean count(int replica, boolean empty) {
    if (answered[replica] || gone[replica]) {
      return false;
    }
    answered[replica] = true;
    answers++;
    left--;
    nothing += empty ? 1 : 0;
    return true;
  }

  public boolean enough() {
    return answers >= required;
  }

  public boolean hopeless() {
    return answers + left < required;
  }

  /** Whether every replica has answered, and none holds anything of the key. */
  public boolean nobodyHoldsAnything() {
    return answers == answered.length && nothing == answers;
  }

  /** Whether some replica holds something of the key. */
  public boolean somebodyHoldsSomething() {
    return nothing < answers;
  }

  /** Whether every replica has answered or is gone. */
  public boolean exhausted() {
    return left == 0;
  }

  public int answers() {
    return answers;
  }

  /** The join of all answers. */
  public Past past() {
    return past;
  }
}
