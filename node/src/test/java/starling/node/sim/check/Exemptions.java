package starling.node.sim.check;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import starling.node.sim.SwarmPlan;
import starling.node.sim.fault.Damage;
import starling.node.sim.workload.History;
import starling.node.sim.workload.History.Write;
import starling.node.sim.workload.Promise;
import starling.node.version.IdempotencyRecord;

/** Decides which findings of one run are exempt, and counts the requests that each line excused. */
public final class Exemptions {

  /** Where an answer came from. */
  enum Where {
    /** A read while clients worked. */
    READ,
    /** What one primary holds at rest. */
    ONE_PRIMARY,
    /** What fewer than all primaries hold or answer at rest. */
    SOME_PRIMARIES,
    /** What all primaries together answer at rest. */
    ALL_PRIMARIES
  }

  /**
   * The nodes that have answered.
   *
   * @param promise how many nodes, and how many of them primaries
   * @param remembered whether each primary of the key knew what it has forgotten
   */
  record Observation(Where where, Promise promise, boolean remembered) {}

  private final SwarmPlan plan;
  private final History history;
  private final Damage damage;
  private final Map<Exemption, Long> reads = new EnumMap<>(Exemption.class);
  private final Map<Exemption, Set<Integer>> writes = new EnumMap<>(Exemption.class);

  public Exemptions(SwarmPlan plan, History history, Damage damage) {
    this.plan = plan;
    this.history = history;
    this.damage = damage;
  }

  /** How many requests each line has excused. */
  public Map<Exemption, Long> counts() {
    Map<Exemption, Long> counts = new EnumMap<>(reads);
    writes.forEach((line, tokens) -> counts.merge(line, (long) tokens.size(), Long::sum));
    return counts;
  }

  /** The findings that no line excuses. */
  List<Finding> unexcused(List<Finding> findings, Observation by) {
    List<Finding> wrong = new ArrayList<>();
    Set<Exemption> used = EnumSet.noneOf(Exemption.class);
    for (Finding finding : findings) {
      Exemption line = of(finding, by);
      if (line == null) {
        wrong.add(finding);
      } else if (by.where == Where.READ) {
        used.add(line);
      } else {
        note(line, finding.subject());
      }
    }
    used.forEach(this::note);
    return wrong;
  }

  /** A line has excused one read more. */
  public void note(Exemption line) {
    reads.merge(line, 1L, Long::sum);
  }

  private void note(Exemption line, @Nullable Write write) {
    writes.computeIfAbsent(line, unused -> new TreeSet<>()).add(write == null ? -1 : write.token);
  }

  private @Nullable Exemption of(Finding finding, Observation by) {
    return switch (finding.kind()) {
      case TORN_PAST -> stands(finding.other());
      case FALSE_SIBLING -> ofFalseSibling(finding.subject(), finding.other(), by);
      case RESURRECTED, LOST, BEATEN -> {
        Exemption line = unseen(finding.subject(), by);
        if (line == null) {
          line =
              finding.kind() == Finding.Kind.RESURRECTED
                  ? stands(finding.other())
                  : forgotten(finding.other());
        }
        yield line == null && finding.kind() == Finding.Kind.BEATEN ? lost(finding.other()) : line;
      }
      // What no oracle finds in the values of a key has no excuse.
      default -> null;
    };
  }

  private @Nullable Exemption ofFalseSibling(Write blind, Write other, Observation by) {
    Exemption line = unseen(blind, by);
    if (line == null && damage.incompleteBetween(other.begun, blind.ended)) {
      line = Exemption.INCOMPLETE_PRIMARY_ASKED;
    }
    return line == null ? stands(other) : line;
  }

  private @Nullable Exemption lost(@Nullable Write write) {
    return write != null && write.acknowledged() && damage.mayBeLost(write)
        ? Exemption.COPIES_LOST
        : null;
  }

  /** Why the answer need not know of an acknowledged write. */
  private @Nullable Exemption unseen(Write write, Observation by) {
    if (damage.mayBeLost(write)) {
      return Exemption.COPIES_LOST;
    }
    Promise held = write.promise;
    return switch (by.where) {
      case READ -> {
        if (!by.promise.meets(held)) {
          yield Exemption.QUORUMS_DO_NOT_MEET;
        }
        yield by.remembered ? unnoticed(write, by) : Exemption.DIRECTORY_NOT_RECOGNISED_YET;
      }
      case ONE_PRIMARY -> {
        if (damage.copiesLost(write) > 0) {
          yield Exemption.HINTS_LOST;
        }
        yield damage.endedBetween(write.begun, write.sent + plan.longestMillis() * 1_000_000)
            ? Exemption.COORDINATOR_ENDED
            : Exemption.PRIMARY_MISSED_IT;
      }
      case SOME_PRIMARIES -> {
        if (held.copies() + by.promise.primaries() <= held.n()) {
          yield Exemption.QUORUMS_DO_NOT_MEET;
        }
        boolean hinted = !by.promise.meets(held);
        yield hinted && damage.copiesLost(write) > 0 ? Exemption.HINTS_LOST : unnoticed(write, by);
      }
      case ALL_PRIMARIES -> null;
    };
  }

  /** Whether some of the copies that have acknowledged a write went without their nodes knowing. */
  private @Nullable Exemption unnoticed(Write write, Observation by) {
    int left = write.promise.copies() - damage.copiesLostUnnoticed(write);
    return left < write.promise.copies() && left + by.promise.primaries() <= write.promise.n()
        ? Exemption.ROLLBACK_NOT_DETECTED
        : null;
  }

  /** Whether a second event of a write may stand where the first one was replaced. */
  @Nullable Exemption stands(@Nullable Write write) {
    Exemption line = forgotten(write);
    if (line == null && write != null && write.named && write.late && write.blind) {
      // What a context names is older than the first event, but a blind retry replaces what it
      // finds.
      return Exemption.RETRY_REPLACED_NEWER;
    }
    return line;
  }

  /** Whether a write may have become two events that do not know each other. */
  public @Nullable Exemption forgotten(@Nullable Write write) {
    if (write == null || !write.named || !write.late) {
      return null;
    }
    boolean early = plan.forgetsNames();
    // By the clocks of nodes the latest names are kept, two for a write made twice.
    long later = history.namedAfter(plan.movesClocks() ? -1 : write.token, write.key);
    return early || 2 * later >= IdempotencyRecord.MOST ? Exemption.NAME_FORGOTTEN : null;
  }
}
