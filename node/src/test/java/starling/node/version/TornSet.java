package starling.node.version;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Takes sets apart, which nothing in the store can do: a planted bug. */
public final class TornSet {
  private TornSet() {}

  /** The set without its first version, which its vector still claims to have seen. */
  public static Siblings withoutFirst(Siblings set) {
    return with(set, set.versions().subList(1, set.versions().size()));
  }

  /** The set with its last version alone. */
  public static Siblings onlyLast(Siblings set) {
    int size = set.versions().size();
    return with(set, set.versions().subList(Math.max(0, size - 1), size));
  }

  /** The set with the last version of each actor: what plain version vectors can tell apart. */
  public static Siblings oneOfEachActor(Siblings set) {
    Map<Actor, Version> last = new LinkedHashMap<>();
    for (Version version : set.versions()) {
      last.merge(
          version.dot().actor(), version, (a, b) -> a.dot().counter() > b.dot().counter() ? a : b);
    }
    List<Version> standing = set.versions().stream().filter(last::containsValue).toList();
    return with(set, standing);
  }

  /** The set with the value -1 in the place of each tombstone. */
  public static Siblings tombstonesAsValues(Siblings set) {
    List<Version> standing = new ArrayList<>();
    for (Version version : set.versions()) {
      Content value = Content.json(new byte[] {'-', '1'});
      standing.add(version.isTombstone() ? new Version(version.dot(), value) : version);
    }
    return with(set, standing);
  }

  /** The set with the lowest bit of its last value's last byte turned. */
  public static Siblings rotten(Siblings set) {
    List<Version> standing = new ArrayList<>(set.versions());
    for (int i = standing.size() - 1; i >= 0; i--) {
      Content content = standing.get(i).content();
      if (!content.isTombstone()) {
        byte[] value = content.bytes().clone();
        value[value.length - 1] ^= 1;
        standing.set(i, new Version(standing.get(i).dot(), Content.json(value)));
        return with(set, standing);
      }
    }
    return set;
  }

  /** No value and no delete, and yet not the set of a key that was never written. */
  public static Siblings nothing() {
    return new Siblings(
        List.of(), VersionVector.of(new Dot(new Actor(9, 9), 1)), List.of(), List.of());
  }

  /** The set without idempotency records. */
  public static Siblings withoutRecords(Siblings set) {
    return new Siblings(set.versions(), set.vector(), set.seenDots(), List.of());
  }

  /** The set without the records of events that the hybrid clock says are older than the window. */
  public static Siblings withRecordsOfTheWindow(Siblings set, long wallMillis) {
    List<IdempotencyRecord> recent =
        set.marks().stream()
            .filter(
                mark ->
                    wallMillis - HybridClock.millisOf(mark.dot().counter())
                        < IdempotencyRecord.WINDOW_MILLIS)
            .toList();
    return new Siblings(set.versions(), set.vector(), set.seenDots(), recent);
  }

  private static Siblings with(Siblings set, List<Version> standing) {
    return new Siblings(List.copyOf(standing), set.vector(), set.seenDots(), set.marks());
  }
}
