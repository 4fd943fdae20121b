package starling.gossip.detector;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;

/**
 * One suspicion as this member sees it: since when, and who shares it. The more members confirm it
 * independently, the sooner it ends in a death (Lifeguard, section IV-B). A pause of this process
 * postpones the end, because the refutation may wait unread.
 */
final class Suspicion {
  private final int expected;
  private final List<UUID> accusers = new ArrayList<>();
  private long beganNanos;
  private boolean halfOver;

  /**
   * @param expected how many confirmations, besides the first accusation, end it soonest
   */
  Suspicion(int expected, long nowNanos) {
    this.expected = Math.min(expected, Update.MAX_ACCUSERS - 1);
    this.beganNanos = nowNanos;
  }

  /** Adds an accuser; returns whether that is a confirmation that was still missing. */
  boolean accuse(UUID by) {
    if (accusers.contains(by) || accusers.size() > expected) {
      return false;
    }
    return accusers.add(by);
  }

  List<UUID> accusers() {
    return Collections.unmodifiableList(accusers);
  }

  void postpone(long nanos) {
    beganNanos += nanos;
  }

  boolean due(SwimRules rules, DetectorConfig config, int health, long nowNanos) {
    return nowNanos - beganNanos >= lasts(rules, config, health);
  }

  /** Whether half of its time has passed; true once. */
  boolean halfOver(SwimRules rules, DetectorConfig config, int health, long nowNanos) {
    boolean first = !halfOver && nowNanos - beganNanos >= lasts(rules, config, health) / 2;
    halfOver |= first;
    return first;
  }

  private long lasts(SwimRules rules, DetectorConfig config, int health) {
    int confirmations = Math.max(0, accusers.size() - 1);
    return rules.suspicionNanos(config, confirmations, expected, health);
  }
}
