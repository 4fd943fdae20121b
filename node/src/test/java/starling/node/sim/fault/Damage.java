package starling.node.sim.fault;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import starling.node.sim.workload.History.Write;

/**
 * What was done to the copies of one cluster, in virtual time: which nodes lost what they had
 * acknowledged, when processes ended, and when some primary was or may have been incomplete. {@link
 * Exemption} rests on it.
 */
public final class Damage {
  /** A node whose copies of what was written before {@code untilNanos} may be gone. */
  private record Loss(int node, long fromNanos, long untilNanos, boolean ofUnsyncedOnly) {}

  private record End(String node, long atNanos, long announced) {}

  /** A running node has announced its durable mark once by then. */
  private static final long ANNOUNCED_NANOS = 2_500_000_000L;

  private record Span(long fromNanos, long untilNanos) {}

  private final List<Loss> losses = new ArrayList<>();
  private final List<Loss> unnoticed = new ArrayList<>();
  private final List<End> ends = new ArrayList<>();
  private final List<Span> incomplete = new ArrayList<>();
  private final long fsyncNanos;
  private long incompleteSince = -1;

  /**
   * A record without losses.
   *
   * @param fsyncNanos how long an append may wait for its fsync at most
   */
  public Damage(long fsyncNanos) {
    this.fsyncNanos = fsyncNanos;
  }

  /** A fault was injected at this moment. */
  void happened(InjectedFault trouble, long now) {
    long until = now + trouble.forMillis() * 1_000_000;
    if (InjectedFault.Kind.DESTROYS.contains(trouble.kind())) {
      losses.add(new Loss(trouble.node(), now, until, false));
      suspect(now);
    } else if (trouble.kind().losesPower()) {
      boolean one = trouble.kind() == InjectedFault.Kind.POWER;
      for (int node : one ? List.of(trouble.node()) : trouble.nodes()) {
        losses.add(new Loss(node, now, now, true));
      }
      suspect(now);
    }
  }

  /** A directory was replaced by a copy from which on its node had announced no durable mark. */
  void rolledBackUnnoticed(int node, long copiedNanos, long now) {
    unnoticed.add(new Loss(node, copiedNanos, now, false));
  }

  /**
   * A process ended.
   *
   * @param announced the durable position that it had announced last
   */
  public void ended(String node, long now, long announced) {
    ends.add(new End(node, now, announced));
  }

  private void suspect(long now) {
    if (incompleteSince < 0) {
      incompleteSince = now;
    }
  }

  /**
   * Looks again whether every replica is complete.
   *
   * @param complete whether each is, and knows what it has forgotten
   * @param before when this was looked at before
   */
  public void look(boolean complete, long before, long now) {
    if (!complete) {
      suspect(before);
    } else if (incompleteSince >= 0 && losses.stream().noneMatch(l -> l.untilNanos >= now)) {
      incomplete.add(new Span(incompleteSince, now));
      incompleteSince = -1;
    }
  }

  /** Whether some primary may have been incomplete between two moments. */
  public boolean incompleteBetween(long from, long until) {
    return (incompleteSince >= 0 && incompleteSince <= until)
        || incomplete.stream().anyMatch(s -> s.fromNanos <= until && s.untilNanos >= from);
  }

  /** How many nodes may have lost their copy of a write since it began. */
  public int copiesLost(Write write) {
    Set<Integer> nodes = new TreeSet<>();
    for (Loss loss : losses) {
      boolean unsynced = !write.promise.synced() && loss.fromNanos - fsyncNanos <= write.ended;
      if (loss.untilNanos >= write.begun && (!loss.ofUnsyncedOnly || unsynced)) {
        nodes.add(loss.node);
      }
    }
    return nodes.size();
  }

  /** How many nodes may have lost their copy of a write and cannot know it. */
  public int copiesLostUnnoticed(Write write) {
    Set<Integer> nodes = new TreeSet<>();
    for (Loss loss : unnoticed) {
      if (loss.untilNanos >= write.begun && loss.fromNanos <= write.ended) {
        nodes.add(loss.node);
      }
    }
    return nodes.size();
  }

  /** Whether as many copies of a write may be lost as have acknowledged it. */
  public boolean mayBeLost(Write write) {
    return copiesLost(write) >= write.promise.copies();
  }

  /** Whether a process ended between two moments. */
  public boolean endedBetween(long from, long until) {
    return ends.stream().anyMatch(end -> end.atNanos >= from && end.atNanos <= until);
  }

  /**
   * Whether the process that ran when its directory was copied ended before it announced a later
   * mark, and so soon that it need not have: a store that announces none must be found.
   */
  boolean endedSilently(String node, long copiedNanos, long announced) {
    return ends.stream()
        .filter(end -> end.node.equals(node) && end.atNanos >= copiedNanos)
        .findFirst()
        .filter(end -> end.atNanos <= copiedNanos + ANNOUNCED_NANOS && end.announced == announced)
        .isPresent();
  }
}
