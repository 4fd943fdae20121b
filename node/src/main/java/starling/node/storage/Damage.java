package starling.node.storage;

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
 * and those it has not. Both are kept in the store's {@link Life}, so that a crash between the find
 * and its handling forgets nothing, and nothing is told for ever. Owned by one thread.
 */
final class Damage {
  private final Map<Life.Range, SetAside> unhandled = new LinkedHashMap<>();
  private final Map<Life.Range, Boolean> handled = new LinkedHashMap<>();
  private final Set<Long> places = new HashSet<>();
  private long bytes;

  /** What was known before, and what reading the log has found. */
  static Damage of(@Nullable Life before, List<SetAside> found) {
    Damage damage = new Damage();
    if (before != null) {
      for (Life.Range range : before.handled()) {
        damage.handled.put(range, true);
        damage.place(range);
        damage.bytes += range.length();
      }
      before.unhandled().forEach(damage::found);
    }
    found.forEach(damage::found);
    return damage;
  }

  /** Notes a range; whether it was not known before. */
  boolean found(SetAside setAside) {
    Life.Range range = Life.Range.of(setAside);
    if (handled.containsKey(range) || unhandled.putIfAbsent(range, setAside) != null) {
      return false;
    }
    bytes += setAside.length();
    place(range);
    return true;
  }

  private void place(Life.Range range) {
    if (range.segment() >>> 31 == 0) {
      places.add(Location.of(range.segment(), range.offset()));
    }
  }

  /** Whether the record that begins there is known to be damaged. */
  boolean at(long location) {
    return !places.isEmpty() && places.contains(location);
  }

  /** These ranges have been dealt with; others stay as they are. */
  void handle(Collection<SetAside> ranges) {
    for (SetAside setAside : ranges) {
      Life.Range range = Life.Range.of(setAside);
      if (unhandled.remove(range) != null) {
        handled.put(range, true);
      }
    }
  }

  List<SetAside> unhandled() {
    return new ArrayList<>(unhandled.values());
  }

  List<Life.Range> handled() {
    return new ArrayList<>(handled.keySet());
  }

  long ranges() {
    return (long) unhandled.size() + handled.size();
  }

  long bytes() {
    return bytes;
  }
}
