package starling.node.storage;

import java.util.ArrayList;
import java.util.List;
import starling.node.storage.index.Run;

/**
 * Saves the manifest when the store has changed, and releases the files that the new one no longer
 * names. Waits until the log is durable up to the checkpoint: a manifest never says more than is
 * durable.
 */
final class ManifestJob implements MaintenanceJob {
  private static final String STEP = "saving the manifest";

  private final MaintenanceContext context;
  private final MetadataFiles files;
  private final FreeSpaceJob freeSpace;
  private final List<Run> replacedRuns = new ArrayList<>();
  private long durableEnd;
  private boolean saving;

  ManifestJob(MaintenanceContext context, FreeSpaceJob freeSpace) {
    this.context = context;
    this.files = new MetadataFiles(context.disk(), context.config().storeId());
    this.freeSpace = freeSpace;
  }

  /** The log is durable up to a position. */
  void durable(long end) {
    durableEnd = end;
  }

  /** Runs that are no longer in the index; the manifest on disk still names them. */
  void replaced(List<Run> runs) {
    replacedRuns.addAll(runs);
  }

  @Override
  public boolean due() {
    return context.checkpoint().saveDue() && durableEnd >= context.checkpoint().position();
  }

  @Override
  public void begin() {
    context.checkpoint().saveBegun();
    saving = true;
    Manifest manifest = context.checkpoint().manifest();
    List<Run> runs = List.copyOf(replacedRuns);
    List<Segment> segments = compactedSegments();
    context.run(
        this,
        STEP,
        () -> {
          files.write(Manifest.NAME, manifest.encode());
          return true;
        },
        done -> saved(runs, segments));
  }

  private List<Segment> compactedSegments() {
    List<Segment> compacted = new ArrayList<>();
    for (SegmentTable.Entry entry : context.index().segments.all()) {
      if (entry.compactedIn <= context.checkpoint().memtablesFlushed()) {
        compacted.add(entry.segment);
      }
    }
    return compacted;
  }

  private void saved(List<Run> runs, List<Segment> segments) {
    saving = false;
    replacedRuns.removeAll(runs);
    freeSpace.release(runs);
    for (Segment segment : segments) {
      context.index().segments.remove(segment.id());
    }
    segments.forEach(freeSpace::release);
    context.next().run();
  }

  @Override
  public boolean stallsAppends() {
    return true;
  }

  @Override
  public void abandon() {
    if (saving) {
      saving = false;
      context.checkpoint().changed();
    }
  }
}
