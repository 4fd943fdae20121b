package starling.node.sim.workload;

import java.util.BitSet;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import starling.node.sim.check.Exemption;
import starling.node.sim.check.Exemptions;
import starling.node.sim.check.Finding.Kind;
import starling.node.sim.check.FrontierOracle;
import starling.node.sim.check.Violation;
import starling.node.sim.workload.History.View;
import starling.node.sim.workload.History.Write;

/**
 * What one client that brings its context to every read has been promised of one key, whatever the
 * quorums are:
 *
 * <ol>
 *   <li><em>It reads its writes, and never back in time</em>: what its context covers stands, or
 *       something stands that may have replaced it.
 *   <li><em>What is replaced stays replaced</em>: a value that its context covers and that did not
 *       stand any more is not shown again.
 * </ol>
 */
final class Session {
  private final History history;
  private final String key;
  private final Exemptions exemptions;

  private Set<Integer> current = new TreeSet<>();
  private Set<Integer> replaced = new TreeSet<>();

  Session(History history, String key, Exemptions exemptions) {
    this.history = history;
    this.key = key;
    this.exemptions = exemptions;
  }

  /** What the client knew when it sent a request; requests of one client do not overlap. */
  void onRead(Set<Integer> shown, View view) {
    for (int token : replaced) {
      Write back = history.write(token);
      if (shown.contains(token) && !excused(exemptions.forgotten(back))) {
        throw new Violation(
            Kind.SESSION, "session: " + back + " is shown again to who has replaced it");
      }
    }
    BitSet accounted = FrontierOracle.accounted(history, view, key, shown, true);
    for (int token : current) {
      if (!accounted.get(token)) {
        throw new Violation(
            Kind.SESSION,
            "session: "
                + history.write(token)
                + " was shown to or written by who now reads "
                + shown);
      }
    }
    for (int token : current) {
      if (!shown.contains(token)) {
        replaced.add(token);
      }
    }
    current = new TreeSet<>(shown);
  }

  private boolean excused(@Nullable Exemption line) {
    if (line != null) {
      exemptions.note(line);
    }
    return line != null;
  }

  /** A write with a context was acknowledged. */
  void onWrite(int token, boolean delete) {
    replaced.addAll(current);
    current = new TreeSet<>();
    if (!delete) {
      current.add(token);
    }
  }

  /** A write without the session's context was acknowledged: its answer covers itself alone. */
  void onForgetfulWrite(int token, boolean delete) {
    replaced = new TreeSet<>();
    current = new TreeSet<>();
    if (!delete) {
      current.add(token);
    }
  }

  /** The context came from an answer to a read that did not bring the session's. */
  void forget() {
    replaced = new TreeSet<>();
    current = new TreeSet<>();
  }
}
