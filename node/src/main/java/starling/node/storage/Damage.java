package starling.node.storage;

import com.google.common.collect.Range;
import com.google.common.collect.RangeSet;
import com.google.common.collect.TreeRangeSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What of the log cannot be trusted any more: ranges that the owner was told of and has handled,
 * and those it has not. Both are kept in the store's {@link ShutdownState}, so that a crash between
 * the find and its handling forgets nothing, and nothing is told for ever. Owned by one thread.
 *
 * <p>1. A record that begins where a range does is quarantined: it is never served and never
 * copied, also if its bytes can be read later. 2. The index keeps pointing to it, so no older
 * record of its key stands in its place, until a newer one is appended. 3. An index that is made
 * anew from the log may show an older record of a key whose newest one cannot even name its key:
 * then all damage is unhandled again.
 */
final class Damage {
  private final Map<ShutdownState.Range, CorruptRange> unhandled = new LinkedHashMap<>();
  private final Map<ShutdownState.Range, CorruptRange> handled = new LinkedHashMap<>();
  private final Set<Long> places = new HashSet<>();

  /** All damaged ranges, by location. */
  private final RangeSet<Long> ranges = TreeRangeSet.create();

  private long bytes;

  /**
   * What was known before, and what reading the log has found.
   *
   * @param present the segments that are there: damage of others has gone with them
   * @param rebuilt the index was made anew from the log
   */
  static Damage of(
      @Nullable ShutdownState before,
      List<CorruptRange> found,
      SegmentTable present,
      boolean rebuilt) {
    Damage damage = new Damage();
    if (before != null) {
      for (CorruptRange range : before.handled()) {
        boolean there = present.get(range.segment()) != null;
        damage.note(range, rebuilt && there ? damage.unhandled : damage.handled, there);
      }
      for (CorruptRange range : before.unhandled()) {
        damage.note(range, damage.unhandled, present.get(range.segment()) != null);
      }
    }
    for (CorruptRange range : found) {
      if (!damage.handled.containsKey(ShutdownState.Range.of(range))) {
        damage.note(range, damage.unhandled, present.get(range.segment()) != null);
      }
    }
    return damage;
  }

  private boolean note(
      CorruptRange setAside, Map<ShutdownState.Range, CorruptRange> into, boolean there) {
    ShutdownState.Range range = ShutdownState.Range.of(setAside);
    if (into.putIfAbsent(range, setAside) != null) {
      return false;
    }
    bytes += setAside.length();
    if (there && range.segment() >>> 31 == 0) {
      long begin = Location.of(range.segment(), range.offset());
      places.add(begin);
      ranges.add(Range.closedOpen(begin, begin + setAside.length()));
    }
    return true;
  }

  /** Notes a range; whether it was not known before. */
  boolean found(CorruptRange setAside) {
    return !handled.containsKey(ShutdownState.Range.of(setAside))
        && note(setAside, unhandled, true);
  }

  /** Whether the record that begins there is known to be damaged. */
  boolean at(long location) {
    return !places.isEmpty() && places.contains(location);
  }

  /**
   * Whether a record that begins there lies in a damaged range. Its own checksum may still hold:
   * the range may have been judged as a whole.
   */
  boolean covers(long location) {
    return !places.isEmpty() && ranges.contains(location);
  }

  /** These ranges have been dealt with; others stay as they are. */
  void handle(Collection<CorruptRange> ranges) {
    for (CorruptRange setAside : ranges) {
      ShutdownState.Range range = ShutdownState.Range.of(setAside);
      CorruptRange known = unhandled.remove(range);
      if (known != null) {
        handled.put(range, known);
      }
    }
  }

  List<CorruptRange> unhandled() {
    return new ArrayList<>(unhandled.values());
  }

  List<CorruptRange> handled() {
    return new ArrayList<>(handled.values());
  }

  /** The segments in which there is damage. */
  Set<Long> segments() {
    Set<Long> segments = new HashSet<>();
    places.forEach(place -> segments.add(Location.segment(place)));
    return segments;
  }

  long ranges() {
    return (long) unhandled.size() + handled.size();
  }

  long bytes() {
    return bytes;
  }
}
