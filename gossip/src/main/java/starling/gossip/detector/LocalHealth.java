package starling.gossip.detector;

/**
 * How well this member hears others (Lifeguard, section IV-A): a score from 0, which is good, to a
 * bound. Probes that succeed lower it; probes that fail without the answer that a helper owes,
 * suspicions of this member itself, and process pauses raise it.
 */
final class LocalHealth {
  private final int worst;
  private final DetectorCounters counters;
  private int score;

  LocalHealth(int worst, DetectorCounters counters) {
    this.worst = worst;
    this.counters = counters;
  }

  int score() {
    return score;
  }

  void better() {
    add(-1);
  }

  void worse(int by) {
    add(by);
  }

  private void add(int change) {
    score = Math.max(0, Math.min(worst, score + change));
    counters.localHealth = score;
  }
}
