package starling.client;

import java.time.Duration;

/** A request of a call that is out, or was. Owned by the client's thread. */
final class LiveAttempt {
  final Call call;
  final NodeState node;
  final long sentAt;
  final boolean hedged;
  private boolean live = true;
  private boolean slow;
  private int status;
  private long endedAt;

  LiveAttempt(Call call, NodeState node, long sentAt, boolean hedged) {
    this.call = call;
    this.node = node;
    this.sentAt = sentAt;
    this.hedged = hedged;
  }

  void answered(Answer answer, long now) {
    end(now);
    status = answer.status;
    call.onAnswer(node, answer, now);
  }

  void broken(boolean sent, boolean garbage, String reason, long now) {
    end(now);
    call.onBroken(node, sent, garbage, reason, now);
  }

  private void end(long now) {
    live = false;
    endedAt = now;
  }

  /** Whether its answer may still come. */
  boolean live() {
    return live;
  }

  /** Whether its answer may still come in time. */
  boolean prompt() {
    return live && !slow;
  }

  void slow() {
    slow = true;
  }

  Attempt told(long startedAt, long now) {
    long end = live ? now : endedAt;
    return new Attempt(
        node.name,
        Duration.ofNanos(sentAt - startedAt),
        Duration.ofNanos(end - sentAt),
        status,
        hedged);
  }
}
