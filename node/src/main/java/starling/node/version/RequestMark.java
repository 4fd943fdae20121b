package starling.node.version;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/**
 * The memory of one recent request with an idempotency key: hash of tenant and id (128 bits), the
 * event it made, the hash of what it asked for, and when it arrived. Marks travel with a key's set
 * but stand outside its hash: they say nothing about versions.
 *
 * <p>At most {@link #MOST} are kept, newest arrivals first. The newest of a union are the same in
 * whatever order unions are taken, so merging marks is a join like all the rest. An older request
 * that comes again after that is a new one.
 */
public record RequestMark(long idHigh, long idLow, Dot dot, long requestHash, long arrivalMillis)
    implements Comparable<RequestMark> {
  /** Marks that a set keeps. */
  public static final int MOST = 64;

  private static final Comparator<RequestMark> ORDER =
      Comparator.comparingLong(RequestMark::arrivalMillis)
          .thenComparingLong(RequestMark::idHigh)
          .thenComparingLong(RequestMark::idLow)
          .thenComparing(RequestMark::dot)
          .thenComparingLong(RequestMark::requestHash);

  public RequestMark {
    if (arrivalMillis < 0) {
      throw new IllegalArgumentException("arrived at " + arrivalMillis);
    }
  }

  @Override
  public int compareTo(RequestMark other) {
    return ORDER.compare(this, other);
  }

  /** Whether both are of one request: sent under one name, and asking for the same. */
  boolean sameRequest(RequestMark other) {
    return idHigh == other.idHigh && idLow == other.idLow && requestHash == other.requestHash;
  }

  /** Those that did not arrive before this time. */
  static List<RequestMark> since(long millis, List<RequestMark> marks) {
    return marks.stream().filter(mark -> mark.arrivalMillis >= millis).toList();
  }

  /** The newest of both lists; both ascending. */
  static List<RequestMark> union(List<RequestMark> a, List<RequestMark> b) {
    if (b.isEmpty() || a.equals(b)) {
      return a;
    }
    if (a.isEmpty()) {
      return b;
    }
    List<RequestMark> both = new ArrayList<>(a.size() + b.size());
    both.addAll(a);
    both.addAll(b);
    return newest(both);
  }

  /** In canonical form: ascending, none twice, at most {@link #MOST}. */
  static List<RequestMark> newest(List<RequestMark> marks) {
    List<RequestMark> sorted = new ArrayList<>(marks);
    Collections.sort(sorted);
    List<RequestMark> kept = new ArrayList<>(sorted.size());
    for (RequestMark mark : sorted) {
      if (kept.isEmpty() || !kept.get(kept.size() - 1).equals(mark)) {
        kept.add(mark);
      }
    }
    return List.copyOf(kept.subList(Math.max(0, kept.size() - MOST), kept.size()));
  }
}
