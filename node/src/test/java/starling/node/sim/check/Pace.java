package starling.node.sim.check;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import starling.node.request.RequestOptions;

/** How many requests were answered as they were asked to be, and how long that took. */
public final class Pace {
  public enum Kind {
    READ,
    WRITE
  }

  private final Map<Kind, List<Long>> nanos = new EnumMap<>(Kind.class);
  private long sinceNanos;
  private long refused;

  /** From now on, requests that begin count, and those before do not. */
  public void reset(long now) {
    sinceNanos = now;
    nanos.clear();
    refused = 0;
  }

  public void answered(Kind kind, RequestOptions options, boolean well, long begun, long now) {
    if (begun < sinceNanos || options.timeoutMillis() != null) {
      return;
    }
    if (well) {
      nanos.computeIfAbsent(kind, unused -> new ArrayList<>()).add(now - begun);
    } else {
      refused++;
    }
  }

  /** How many were answered well. */
  public long answered() {
    return nanos.values().stream().mapToLong(List::size).sum();
  }

  public long refused() {
    return refused;
  }

  /** Half of them took no longer; 0 if there were none. */
  public long medianNanos(Kind kind) {
    List<Long> sorted = new ArrayList<>(nanos.getOrDefault(kind, List.of()));
    Collections.sort(sorted);
    return sorted.isEmpty() ? 0 : sorted.get(sorted.size() / 2);
  }

  @Override
  public String toString() {
    return answered()
        + " answered, "
        + refused
        + " refused; median of reads "
        + medianNanos(Kind.READ) / 1_000
        + " µs, of writes "
        + medianNanos(Kind.WRITE) / 1_000
        + " µs";
  }
}
