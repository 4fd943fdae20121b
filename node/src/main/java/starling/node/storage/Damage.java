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
 * The corrupt ranges of the log: those that the node has handled, and those that it has not. Both
 * are saved in the store's {@link ShutdownState}, so that a crash before a range is handled forgets
 * nothing, and a handled range is not reported again. Owned by one thread.
 *
 * <p>1. A record that begins where a range does is quarantined: it is never served and never
 * copied, even if its bytes become readable later. 2. The index keeps pointing to it, so no older
 * record of its key is served, until a newer one is appended. 3. A rebuilt index may show an older
 * record of a key if the head of its newest record is corrupt: then all ranges are unhandled again.
 */
final class Damage {
  private final Map<ShutdownState.Range, CorruptRange> unhandled = new LinkedHashMap<>();
  private final Map<ShutdownState.Range, CorruptRange> handled = new LinkedHashMap<>();
  private final Set<Long> places = new HashSet<>();

  /** All corrupt ranges, by location. */
  private final RangeSet<Long> ranges = TreeRangeSet.create();

  private long bytes;

  /**
   * The ranges that the last process knew, and those that recovery has found.
   *
   * @param present the segments that exist: ranges of others went with them
   * @param rebuilt the index was rebuilt from the log
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
      CorruptRange corrupt, Map<ShutdownState.Range, CorruptRange> into, boolean there) {
    ShutdownState.Range range = ShutdownState.Range.of(corrupt);
    if (into.putIfAbsent(range, corrupt) != null) {
      return false;
    }
    bytes += corrupt.length();
    if (there && range.segment() >>> 31 == 0) {
      long begin = Location.of(range.segment(), range.offset());
      places.add(begin);
      ranges.add(Range.closedOpen(begin, begin + corrupt.length()));
    }
    return true;
  }

  /** Records a range; returns whether it is new. */
  boolean found(CorruptRange corrupt) {
    return !handled.containsKey(ShutdownState.Range.of(corrupt)) && note(corrupt, unhandled, true);
  }

  /** Whether the record at this location is quarantined. */
  boolean at(long location) {
    return !places.isEmpty() && places.contains(location);
  }

  /**
   * Whether the record at this location lies in a corrupt range. Its own checksum may match: a
   * range can be quarantined as a whole.
   */
  boolean covers(long location) {
    return !places.isEmpty() && ranges.contains(location);
  }

  /** Marks these ranges as handled. */
  void handle(Collection<CorruptRange> ranges) {
    for (CorruptRange corrupt : ranges) {
      ShutdownState.Range range = ShutdownState.Range.of(corrupt);
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

  /** The segments with corrupt ranges. */
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
