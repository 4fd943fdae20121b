package starling.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The requests of one call, in the order in which they were made. */
final class AttemptLog {
  private final long startedAt;
  private final List<LiveAttempt> attempts = new ArrayList<>(1);

  /** Attempts whose request never left. */
  private int unsent;

  AttemptLog(long startedAt) {
    this.startedAt = startedAt;
  }

  void add(LiveAttempt attempt) {
    attempts.add(attempt);
  }

  /** The request of one attempt never left. */
  void noteUnsent() {
    unsent++;
  }

  int unsent() {
    return unsent;
  }

  int size() {
    return attempts.size();
  }

  boolean isEmpty() {
    return attempts.isEmpty();
  }

  /** How many requests left, or may have. */
  int sent() {
    return attempts.size() - unsent;
  }

  /** Whether a request may have reached a node. */
  boolean reached() {
    return sent() > 0;
  }

  long firstSentAt() {
    return attempts.get(0).sentAt;
  }

  LiveAttempt latest() {
    return attempts.get(attempts.size() - 1);
  }

  boolean tried(NodeState node) {
    for (LiveAttempt attempt : attempts) {
      if (attempt.node == node) {
        return true;
      }
    }
    return false;
  }

  boolean anyPrompt() {
    for (LiveAttempt attempt : attempts) {
      if (attempt.prompt()) {
        return true;
      }
    }
    return false;
  }

  boolean anyLive() {
    for (LiveAttempt attempt : attempts) {
      if (attempt.live()) {
        return true;
      }
    }
    return false;
  }

  Attempts told(long now) {
    List<Attempt> list = new ArrayList<>(attempts.size());
    for (LiveAttempt attempt : attempts) {
      list.add(attempt.told(startedAt, now));
    }
    return new Attempts(list, Duration.ofNanos(now - startedAt));
  }
}
