package starling.gossip.detector;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** What statements ask for and others carry out, each once: bounded, in order. */
final class FollowUps {
  private final Set<UUID> wanted = new LinkedHashSet<>();
  private final List<Peer> heard = new ArrayList<>();
  private final List<Peer> added = new ArrayList<>();
  private boolean doubtful;

  /** The record of this member is needed. */
  void want(UUID id) {
    if (wanted.size() < Body.Wanted.MAX_IDS) {
      wanted.add(id);
    }
  }

  /** This member heard of a suspicion, and is to probe the suspect itself. */
  void heardOf(Peer suspect) {
    if (heard.size() < Prober.MAX_OPEN) {
      heard.add(suspect);
    }
  }

  /** A member can be probed now and could not before. */
  void added(Peer row) {
    added.add(row);
  }

  /**
   * A suspicion has reached half of its time: its refutation may have reached all members but this
   * one, so that the table is to be compared with others.
   */
  void doubt() {
    doubtful = true;
  }

  List<UUID> drainWanted() {
    return drain(wanted);
  }

  List<Peer> drainHeard() {
    return drain(heard);
  }

  List<Peer> drainAdded() {
    return drain(added);
  }

  boolean drainDoubtful() {
    boolean drained = doubtful;
    doubtful = false;
    return drained;
  }

  private static <T> List<T> drain(Collection<T> from) {
    if (from.isEmpty()) {
      return List.of();
    }
    List<T> drained = List.copyOf(from);
    from.clear();
    return drained;
  }
}
