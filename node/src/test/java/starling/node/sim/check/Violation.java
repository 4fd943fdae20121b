package starling.node.sim.check;

import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A check of a run has failed. It carries what was found, so that the search for a planted bug and
 * the cutting down of a plan compare findings; the text is for people.
 */
public final class Violation extends AssertionError {
  private static final long serialVersionUID = 1;

  private final Finding.Kind kind;
  private final EnumSet<Finding.Kind> kinds;
  private final boolean lostDelete;

  public Violation(Finding.Kind kind, String text) {
    this(kind, List.of(), text);
  }

  /** What the oracle finds wrong with an answer: one finding at least. */
  Violation(List<Finding> findings, String text) {
    this(findings.get(0).kind(), findings, text);
  }

  Violation(Finding.Kind kind, List<Finding> findings, String text) {
    super(text);
    this.kind = kind;
    this.kinds = EnumSet.of(kind);
    findings.forEach(finding -> kinds.add(finding.kind()));
    this.lostDelete = findings.stream().anyMatch(Violation::isLostDelete);
  }

  private static boolean isLostDelete(Finding finding) {
    return finding.kind() == Finding.Kind.LOST
        && finding.subject() != null
        && finding.subject().delete;
  }

  /** Whether an acknowledged delete is among what was lost. */
  public boolean lostDelete() {
    return lostDelete;
  }

  /** What was found first. */
  public Finding.Kind kind() {
    return kind;
  }

  /** All that was found at once. */
  public Set<Finding.Kind> kinds() {
    return Collections.unmodifiableSet(kinds);
  }

  /** The violation that ended a run; null if it ended for another reason. */
  public static @Nullable Violation in(@Nullable Throwable failed) {
    for (Throwable each = failed; each != null; each = each.getCause()) {
      if (each instanceof Violation violation) {
        return violation;
      }
    }
    return null;
  }
}
