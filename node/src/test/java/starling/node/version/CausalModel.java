package starling.node.version;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * What every merge must keep, said without vectors: a list of all events, each with the exact set
 * of events that its writer had claimed. What a replica knows is the set of events whose sets it
 * was handed. A known event stands unless a known event claims it; an event has been seen if it is
 * known or claimed by a known one. Sets of versions are judged against this.
 */
final class CausalModel {
  /** How a set of versions can differ from what it must be. */
  enum Fault {
    /** In the model, missing in the set. */
    LOST_VALUE,
    /** Replaced in the model, present in the set. */
    FALSE_SIBLING,
    /** The set claims to have seen what no write brought or claimed. */
    FALSE_DOMINATION,
    /** The set no longer knows what it had seen. */
    FORGOTTEN,
    /** A context claims what its client was never shown. */
    CLAIMED_UNSEEN
  }

  /** One finding, and its description. */
  record Complaint(Fault fault, String words) {}

  private record Event(Dot dot, BitSet claims) {}

  private final List<Event> events = new ArrayList<>();

  /** A new event with what its writer claims; its number. */
  int event(Dot dot, BitSet claims) {
    events.add(new Event(dot, (BitSet) claims.clone()));
    return events.size() - 1;
  }

  /** Takes the last event back, for a search that tries another way. */
  void forgetLast() {
    events.remove(events.size() - 1);
  }

  int size() {
    return events.size();
  }

  Dot dot(int event) {
    return events.get(event).dot();
  }

  /** Whether the writer of the one event had itself claimed the other. */
  boolean claims(int event, int other) {
    return events.get(event).claims().get(other);
  }

  /** What was seen by one who knows these events. */
  BitSet seen(BitSet known) {
    BitSet seen = (BitSet) known.clone();
    known.stream().forEach(event -> seen.or(events.get(event).claims()));
    return seen;
  }

  /** What stands for one who knows these events. */
  BitSet standing(BitSet known) {
    BitSet claimed = new BitSet();
    known.stream().forEach(event -> claimed.or(events.get(event).claims()));
    BitSet standing = (BitSet) known.clone();
    standing.andNot(claimed);
    return standing;
  }

  /** These events and everything in their full causal pasts. */
  BitSet closure(BitSet of) {
    BitSet closed = (BitSet) of.clone();
    // Claims name earlier events only, so one walk down meets everything.
    for (int event = events.size() - 1; event >= 0; event--) {
      if (closed.get(event)) {
        closed.or(events.get(event).claims());
      }
    }
    return closed;
  }

  /** What stands of all events by their full causal pasts. */
  BitSet maximal() {
    BitSet dominated = new BitSet();
    for (int event = 0; event < events.size(); event++) {
      dominated.or(closure(events.get(event).claims()));
    }
    BitSet maximal = new BitSet();
    maximal.set(0, events.size());
    maximal.andNot(dominated);
    return maximal;
  }

  /** Everything that this past claims. */
  BitSet claimedBy(Past past) {
    BitSet claimed = new BitSet();
    for (int event = 0; event < events.size(); event++) {
      claimed.set(event, past.covers(dot(event)));
    }
    return claimed;
  }

  /** What is wrong with a set of one who knows these events. */
  List<Complaint> judge(Siblings set, BitSet known) {
    List<Complaint> complaints = new ArrayList<>();
    BitSet standing = standing(known);
    BitSet seen = seen(known);
    for (int event = 0; event < events.size(); event++) {
      Dot dot = dot(event);
      boolean stands = set.version(dot) != null;
      if (standing.get(event) && !stands) {
        complaints.add(new Complaint(Fault.LOST_VALUE, "lost " + dot));
      }
      if (!standing.get(event) && stands) {
        complaints.add(new Complaint(Fault.FALSE_SIBLING, "stands wrongly: " + dot));
      }
      if (!seen.get(event) && set.covers(dot)) {
        complaints.add(new Complaint(Fault.FALSE_DOMINATION, "claims to have seen " + dot));
      }
      if (seen.get(event) && !set.covers(dot)) {
        complaints.add(new Complaint(Fault.FORGOTTEN, "had seen " + dot));
      }
    }
    return complaints;
  }

  /** What is wrong with a context of a client that was shown these events. */
  List<Complaint> judge(Past context, BitSet shown) {
    BitSet unseen = claimedBy(context);
    unseen.andNot(closure(shown));
    return unseen.stream()
        .mapToObj(event -> new Complaint(Fault.CLAIMED_UNSEEN, "was never shown " + dot(event)))
        .toList();
  }
}
