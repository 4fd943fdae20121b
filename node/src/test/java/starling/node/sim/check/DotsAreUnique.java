package starling.node.sim.check;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import starling.node.peer.Tampering;
import starling.node.sim.SimCluster;
import starling.node.storage.Key;
import starling.node.storage.PositionRange;
import starling.node.storage.Storage;
import starling.node.storage.index.DamagedPageException;
import starling.node.version.Content;
import starling.node.version.Dot;
import starling.node.version.Siblings;
import starling.node.version.Version;
import starling.sim.Invariant;

/** A dot names one event for ever: wherever it is found again, it holds the same content. */
public final class DotsAreUnique implements Invariant {
  private record Event(Key key, Dot dot) {}

  private static final int PARTS = 16;
  private static final long PART = 1L << 60;

  private final SimCluster cluster;
  private long part;
  private final Map<Event, Content> contents = new HashMap<>();

  public DotsAreUnique(SimCluster cluster) {
    this.cluster = cluster;
  }

  @Override
  public void check() {
    check(new PositionRange(0, -1L));
  }

  /** Checks the next part of the key space; all of it after so many calls. */
  public void checkPart() {
    long from = part * PART;
    part = (part + 1) % PARTS;
    check(new PositionRange(from, from + PART - 1));
  }

  private void check(PositionRange range) {
    for (int i = 0; i < cluster.size(); i++) {
      if (cluster.up(i)) {
        lookAtMost(cluster.home(i).name, cluster.home(i).process().storage, range);
      }
    }
  }

  /** An index that has rotted tells nothing until it is rebuilt. */
  private void lookAtMost(String name, Storage storage, PositionRange range) {
    try {
      look(name, storage, range);
    } catch (DamagedPageException rotten) {
      cluster.sim().note(name + " cannot be looked at: " + rotten.getMessage());
    }
  }

  long dots() {
    return contents.size();
  }

  /** What the storage answers is looked at when it comes. */
  private void look(String name, Storage storage, PositionRange range) {
    try {
      storage.scan(
          range,
          null,
          Integer.MAX_VALUE,
          page -> page.entries().forEach(entry -> look(name, storage, entry.key())));
    } catch (RuntimeException e) {
      cluster.probes().hit(CoverageMark.INDEX_PAGE_UNREADABLE);
    }
  }

  private void look(String name, Storage storage, Key key) {
    try {
      storage.read(
          key,
          stored -> {
            if (stored != null) {
              see(name, key, Tampering.held(stored.set()));
            }
          });
    } catch (RuntimeException e) {
      // A page of the index has rotted: what it led to is looked at where it is found again.
      cluster.probes().hit(CoverageMark.INDEX_PAGE_UNREADABLE);
    }
  }

  private void see(String name, Key key, Siblings set) {
    for (Version version : set.versions()) {
      cluster.probes().hit(CoverageMark.TWIN_HIDDEN, set.hidden(version) ? 1 : 0);
      @Nullable Content before =
          contents.putIfAbsent(new Event(key, version.dot()), version.content());
      if (before != null && before.compareTo(version.content()) != 0) {
        throw new Violation(
            Finding.Kind.ANOTHER_CONTENT,
            name + " holds another content under " + version.dot() + " of " + key);
      }
    }
  }
}
