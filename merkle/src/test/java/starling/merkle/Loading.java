package starling.merkle;

import java.util.HashSet;
import java.util.Set;

/** A source that gives a range only after it was asked for it and has loaded it. */
final class Loading implements ElementSource {
  private record Range(int row, long first, long last) {}

  private final Replica replica;
  private final Set<Range> loaded = new HashSet<>();
  private final Set<Range> wanted = new HashSet<>();

  Loading(Replica replica) {
    this.replica = replica;
  }

  @Override
  public boolean read(int row, long first, long last, ElementSink sink) {
    Range range = new Range(row, first, last);
    if (!loaded.contains(range)) {
      wanted.add(range);
      return false;
    }
    return replica.read(row, first, last, sink);
  }

  /** Loads what was asked for; returns how many ranges. */
  int load() {
    int count = wanted.size();
    loaded.addAll(wanted);
    wanted.clear();
    return count;
  }
}
