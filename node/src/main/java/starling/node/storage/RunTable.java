package starling.node.storage;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import starling.node.port.Disk;
import starling.node.storage.index.EntryCursor;
import starling.node.storage.index.EntryIterator;
import starling.node.storage.index.Run;
import starling.node.storage.index.RunDescription;

/**
 * The runs of the index, newest first in each group. A group is a sixteenth of the ring, so that a
 * merge, or the drop of a partition, touches only a part of the index. Owned by one thread; the
 * background works on runs that are held for it.
 */
final class RunTable {
  static final String DIRECTORY = "idx";
  static final int GROUPS = 16;
  private static final int GROUP_SHIFT = 60;

  private final List<List<Run>> groups = new ArrayList<>();

  RunTable() {
    for (int i = 0; i < GROUPS; i++) {
      groups.add(List.of());
    }
  }

  static int groupOf(long position) {
    return (int) (position >>> GROUP_SHIFT);
  }

  static long firstOf(int group) {
    return (long) group << GROUP_SHIFT;
  }

  static long lastOf(int group) {
    return firstOf(group) | (-1L >>> (64 - GROUP_SHIFT));
  }

  /** The runs of a group, newest first; an immutable list that is replaced. */
  List<Run> group(int group) {
    return groups.get(group);
  }

  boolean find(
      long position, long fingerprint, List<Manifest.RangeTombstone> drops, EntryCursor into) {
    List<Run> runs = groups.get(groupOf(position));
    for (int i = 0; i < runs.size(); i++) {
      Run run = runs.get(i);
      if (run.find(position, fingerprint, into)) {
        // Older entries are hidden as well.
        return drops.isEmpty() || !dropped(drops, position, run.description().id());
      }
    }
    return false;
  }

  /** The same, and an entry that is found is checked. */
  boolean findChecked(
      long position, long fingerprint, List<Manifest.RangeTombstone> drops, EntryCursor into) {
    List<Run> runs = groups.get(groupOf(position));
    for (int i = 0; i < runs.size(); i++) {
      Run run = runs.get(i);
      if (run.findChecked(position, fingerprint, into)) {
        return drops.isEmpty() || !dropped(drops, position, run.description().id());
      }
    }
    return false;
  }

  private static boolean dropped(List<Manifest.RangeTombstone> drops, long position, long runId) {
    return drops.stream().anyMatch(drop -> drop.hits(position, runId));
  }

  /** Entries of a run that were not dropped. */
  static EntryIterator iterate(Run run, long from, long to, List<Manifest.RangeTombstone> drops) {
    List<PositionRange> ranges = new ArrayList<>();
    for (Manifest.RangeTombstone drop : drops) {
      if (run.description().id() < drop.endOfRuns()) {
        ranges.add(drop.range());
      }
    }
    return LiveIndex.without(run.iterate(from, to), ranges);
  }

  /** Adds the iterators of all runs for a range of one group. */
  void iterators(
      int group,
      long from,
      long to,
      List<Manifest.RangeTombstone> drops,
      List<EntryIterator> newestFirst) {
    for (Run run : groups.get(group)) {
      newestFirst.add(iterate(run, from, to, drops));
    }
  }

  void addOldest(Run run) {
    List<Run> runs = new ArrayList<>(groups.get(run.description().group()));
    runs.add(run);
    groups.set(run.description().group(), List.copyOf(runs));
  }

  void addNewest(Run run) {
    List<Run> runs = new ArrayList<>(groups.get(run.description().group()));
    runs.add(0, run);
    groups.set(run.description().group(), List.copyOf(runs));
  }

  /** Replaces several adjacent runs by one, or by none. */
  void replace(int group, List<Run> old, @Nullable Run by) {
    List<Run> runs = new ArrayList<>(groups.get(group));
    int at = runs.indexOf(old.get(0));
    if (at < 0 || !runs.subList(at, at + old.size()).equals(old)) {
      throw new IllegalStateException("group " + group + " no longer has the runs to replace");
    }
    runs.subList(at, at + old.size()).clear();
    if (by != null) {
      runs.add(at, by);
    }
    groups.set(group, List.copyOf(runs));
  }

  List<Run> all() {
    List<Run> all = new ArrayList<>();
    groups.forEach(all::addAll);
    return all;
  }

  List<RunDescription> descriptions() {
    return all().stream().map(Run::description).toList();
  }

  /** Entries in all runs; a key counts once in each run that has it. */
  long entries() {
    return all().stream().mapToLong(run -> run.description().entries()).sum();
  }

  long bytes() {
    return all().stream()
        .mapToLong(run -> run.description().fileBytes() + run.description().bloomBytes())
        .sum();
  }

  void closeAll() {
    for (int i = 0; i < GROUPS; i++) {
      groups.get(i).forEach(Run::letGo);
      groups.set(i, List.of());
    }
  }

  /** Deletes the files of runs that the table does not name. */
  static void deleteOthers(Disk disk, RunTable named) throws IOException {
    Set<String> names = new HashSet<>();
    for (RunDescription run : named.descriptions()) {
      names.add(run.fileName(DIRECTORY));
      names.add(run.bloomName(DIRECTORY));
    }
    for (int group = 0; group < GROUPS; group++) {
      String directory = DIRECTORY + "/" + group;
      for (String name : disk.list(directory)) {
        String path = directory + "/" + name;
        if (!names.contains(path)) {
          disk.delete(path);
        }
      }
    }
  }
}
