package starling.gossip.detector;

import java.util.UUID;
import starling.gossip.ProcessIncarnation;
import starling.gossip.Status;

/**
 * The rules of SWIM (Das, Gupta, Motivala 2002) and Lifeguard (Dadgar, Phillips, Currey 2018) that
 * need no state, each in one place. Not final: a test plants one bug by overriding one rule.
 */
class SwimRules {
  static final SwimRules SWIM = new SwimRules();

  /**
   * Whether a statement about a member replaces what is known. A departure for good is final; else
   * the higher process incarnation holds, and within one the worse status.
   */
  boolean supersedes(
      ProcessIncarnation life, Status status, ProcessIncarnation known, Status knownStatus) {
    if (knownStatus == Status.LEFT || status == Status.LEFT) {
      return knownStatus != Status.LEFT;
    }
    int order = life.compareTo(known);
    return order > 0 || (order == 0 && status.compareTo(knownStatus) > 0);
  }

  /** The incarnation that refutes what was said of this one. */
  long refutation(long accused) {
    return accused + 1;
  }

  /**
   * How long a suspicion lasts: the longest time without confirmations, the shortest with all of
   * them, on a logarithmic curve between (Lifeguard, section IV-B). A member that hears others
   * badly stretches a suspicion that no other member confirms.
   */
  long suspicionNanos(DetectorConfig config, int confirmations, int expected, int health) {
    long min = config.suspicionMinMillis() * 1_000_000L;
    if (!config.lifeguard() || expected < 1) {
      return min;
    }
    long max = config.suspicionMaxMillis() * 1_000_000L;
    int seen = Math.min(confirmations, expected);
    if (seen == 0) {
      return max * stretch(config, health);
    }
    // StrictMath: the plain one may differ in the last bit between machines.
    double fraction = StrictMath.log(seen + 1.0) / StrictMath.log(expected + 1.0);
    return max - (long) ((max - min) * fraction);
  }

  /** By how much local health stretches intervals and timeouts (Lifeguard, section IV-A). */
  int stretch(DetectorConfig config, int health) {
    return config.lifeguard() ? health + 1 : 1;
  }

  /** Whether the table forgets a member that has been dead for so long. */
  boolean forgets(DetectorConfig config, long deadNanos) {
    return deadNanos >= config.retentionSeconds() * 1_000_000_000L;
  }

  /** The hash of one row of the table. Tables are equal if and only if their rows are. */
  long hash(UUID id, ProcessIncarnation life, Status status) {
    long hash = mix(id.getMostSignificantBits());
    hash = mix(hash ^ id.getLeastSignificantBits());
    hash = mix(hash ^ life.incarnation());
    hash = mix(hash ^ life.processNonce());
    return mix(hash ^ status.ordinal());
  }

  /** The finalizer of SplitMix64. */
  static long mix(long value) {
    long z = value + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
