package starling.node.storage;

import java.util.function.Consumer;
import starling.node.port.Disk;

/**
 * What the maintenance jobs of one store share.
 *
 * @param checkpoint the state that the next manifest records
 * @param runFiles writes the files of new runs
 * @param jobs runs one step after the other in the background
 * @param next asks {@link Maintenance} which job is to begin
 */
record MaintenanceContext(
    Disk disk,
    StorageConfig config,
    StorageExecutors executors,
    StoragePorts ports,
    LiveIndex index,
    Checkpoint checkpoint,
    RunFiles runFiles,
    Jobs jobs,
    Maintenance.Listener listener,
    Runnable next) {
  /** Runs a step of a job: the work in the background, {@code then} on the owner's thread. */
  <T> void run(MaintenanceJob job, String step, Jobs.Work<T> work, Consumer<T> then) {
    jobs.run(job, step, work, then);
  }

  void after(long nanos, Runnable task) {
    ports.timers().after(nanos, task);
  }
}
