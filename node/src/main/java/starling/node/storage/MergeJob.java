package starling.node.storage;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import starling.node.storage.index.EntryIterator;
import starling.node.storage.index.MergeIterator;
import starling.node.storage.index.MergePolicy;
import starling.node.storage.index.Run;

/**
 * Merges several runs of a group into one: when {@link MergePolicy} says so, and when a range
 * tombstone hides entries of the group. A merge meets entries that newer ones replaced, and so
 * learns how many bytes of each segment are dead.
 */
final class MergeJob implements MaintenanceJob {
  private static final String STEP = "merging runs";

  private final MaintenanceContext context;
  private final LiveIndex index;
  private final ManifestJob manifest;
  private final List<Completion> whenDropped = new ArrayList<>();
  private long merges;

  /**
   * @param oldest whether no older run of the group is left out, so that removals can be left out
   *     too
   */
  private record Choice(int group, List<Run> inputs, boolean oldest) {}

  /** The merged run, or null if no entry is left. */
  private record Merged(@Nullable Run run) {}

  MergeJob(MaintenanceContext context, ManifestJob manifest) {
    this.context = context;
    this.index = context.index();
    this.manifest = manifest;
  }

  /** Completes when no run holds an entry that a range tombstone hides. */
  void whenDropped(Completion done) {
    whenDropped.add(done);
    context.next().run();
  }

  /** Cancels all orders; returns their completions. */
  List<Completion> cancel() {
    List<Completion> waiting = List.copyOf(whenDropped);
    whenDropped.clear();
    return waiting;
  }

  long merges() {
    return merges;
  }

  @Override
  public boolean due() {
    return tiered() != null || dropDue();
  }

  @Override
  public void begin() {
    Choice choice = tiered();
    choice = choice == null ? reachedByDrop() : choice;
    if (choice != null) {
      merge(choice);
    } else {
      dropped();
    }
  }

  private @Nullable Choice tiered() {
    for (int group = 0; group < RunTable.GROUPS; group++) {
      List<Run> runs = index.runs.group(group);
      MergePolicy.Choice choice = MergePolicy.choose(runs.stream().map(Run::description).toList());
      if (choice != null) {
        List<Run> inputs = List.copyOf(runs.subList(choice.from(), choice.to()));
        return new Choice(group, inputs, choice.to() == runs.size());
      }
    }
    return null;
  }

  private boolean dropDue() {
    return !index.drops().isEmpty() && index.frozenEntries() == 0;
  }

  /** The next group with entries that a range tombstone hides, or null. */
  private @Nullable Choice reachedByDrop() {
    for (int group = 0; group < RunTable.GROUPS; group++) {
      for (Manifest.RangeTombstone drop : index.drops()) {
        List<Run> runs = index.runs.group(group);
        if (RunTable.groupOf(drop.range().first()) <= group
            && group <= RunTable.groupOf(drop.range().last())
            && runs.stream().anyMatch(run -> run.description().id() < drop.endOfRuns())) {
          return new Choice(group, List.copyOf(runs), true);
        }
      }
    }
    return null;
  }

  /** No run holds entries of range tombstones any more. */
  private void dropped() {
    index.dropped(index.drops());
    context.checkpoint().changed();
    List<Completion> done = cancel();
    try {
      Completion.all(done, null);
    } finally {
      context.next().run();
    }
  }

  private void merge(Choice choice) {
    List<Manifest.RangeTombstone> drops = index.drops();
    long id = context.runFiles().takeIds(1);
    Map<Long, Long> dead = new TreeMap<>();
    context.run(
        this,
        STEP,
        () -> new Merged(write(choice, id, drops, dead)),
        merged -> merged(choice, merged.run(), dead));
  }

  private @Nullable Run write(
      Choice choice, long id, List<Manifest.RangeTombstone> drops, Map<Long, Long> dead)
      throws IOException {
    int group = choice.group;
    List<EntryIterator> newestFirst = new ArrayList<>();
    int entries = 0;
    for (Run run : choice.inputs) {
      newestFirst.add(
          RunTable.iterate(run, RunTable.firstOf(group), RunTable.lastOf(group), drops));
      entries += (int) Math.min(run.description().entries(), Integer.MAX_VALUE / 64);
    }
    EntryIterator merged =
        new MergeIterator(
            newestFirst,
            choice.oldest,
            (location, length) -> dead.merge(Location.segment(location), (long) length, Long::sum));
    return context.runFiles().write(group, id, merged, entries);
  }

  private void merged(Choice choice, @Nullable Run run, Map<Long, Long> dead) {
    index.runs.replace(choice.group, choice.inputs, run);
    if (run != null) {
      context.runFiles().count(run);
    }
    dead.forEach((segment, bytes) -> index.segments.dead(Location.of(segment, 0), bytes));
    manifest.replaced(choice.inputs);
    merges++;
    context.checkpoint().changed();
    context.next().run();
  }
}
