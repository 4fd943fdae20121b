package starling.node.handoff;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.cluster.ClusterView;
import starling.node.replica.DebtLedger;
import starling.node.replica.HintLedger;

/**
 * The members with overdue hints and debts: those that have been dead for longer than {@code
 * hints.maxAge}, by this process's monotonic clock, from its start at the earliest. That is a
 * metric and a warning to the operator, and no reason to remove anything.
 */
public final class Overdue {
  private static final Logger log = LoggerFactory.getLogger(Overdue.class);

  private static final long PERIOD_NANOS = 1_000_000_000L;

  private final ClusterView cluster;
  private final HintLedger hints;
  private final DebtLedger debts;
  private final long ageNanos;
  private final Map<UUID, Long> awaySince = new HashMap<>();
  private final Set<UUID> overdue = new HashSet<>();
  private final Set<UUID> told = new HashSet<>();
  private long nextNanos = Long.MIN_VALUE;
  private long allHints;
  private long allDebts;

  public Overdue(ClusterView cluster, HintLedger hints, DebtLedger debts, long ageMillis) {
    this.cluster = cluster;
    this.hints = hints;
    this.debts = debts;
    this.ageNanos = ageMillis * 1_000_000L;
  }

  /** Checks which members are dead, every second. */
  public void tick(long nowNanos) {
    if (nowNanos < nextNanos || !cluster.ring().founded()) {
      return;
    }
    nextNanos = nowNanos + PERIOD_NANOS;
    Set<UUID> others = new HashSet<>(cluster.otherNodes());
    awaySince.keySet().retainAll(others);
    for (UUID node : others) {
      if (cluster.mayAnswer(node)) {
        awaySince.remove(node);
      } else {
        var unused = awaySince.putIfAbsent(node, nowNanos);
      }
    }
    overdue.clear();
    awaySince.forEach(
        (node, since) -> {
          if (nowNanos - since > ageNanos && hints(node) + debts(node) > 0) {
            overdue.add(node);
          }
        });
    allHints = overdue.stream().mapToLong(this::hints).sum();
    allDebts = overdue.stream().mapToLong(this::debts).sum();
    told.retainAll(overdue);
    for (UUID node : overdue) {
      if (told.add(node)) {
        log.warn(
            "OVERDUE: {} has been down for longer than hints.maxAge: this node stores {} hints for it, and it has missed {} keys; restart it, or remove it if it never comes back",
            cluster.name(node),
            hints(node),
            debts(node));
      }
    }
  }

  private long hints(UUID node) {
    return hints.keptFor(node);
  }

  private long debts(UUID node) {
    return debts.missedBy(node);
  }

  /** Hints for this member if they are overdue, else 0. */
  public long hintsFor(UUID node) {
    return overdue.contains(node) ? hints(node) : 0;
  }

  /** Debts to this member if they are overdue, else 0. */
  public long debtsFor(UUID node) {
    return overdue.contains(node) ? debts(node) : 0;
  }

  public long allHints() {
    return allHints;
  }

  public long allDebts() {
    return allDebts;
  }
}
