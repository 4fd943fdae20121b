package starling.node.storage;

/**
 * One kind of background work of the store. {@link Maintenance} asks its jobs in the order of their
 * urgency and begins the first that is due. A job may consist of several steps; each step runs in
 * the background by {@link Jobs}. All methods are called on the owner's thread.
 */
interface MaintenanceJob {
  /** Whether there is work to begin. */
  boolean due();

  /**
   * Begins the work, or its next step. Called only while the job is due and no step runs. When the
   * step has ended, the job lets {@link Maintenance} choose the next.
   */
  void begin();

  /** Whether appends depend on this job, so that a failure of it is a stall of the store. */
  default boolean stallsAppends() {
    return false;
  }

  /**
   * A step of some job met a full disk or a lack of resources: this job forgets unfinished work.
   */
  default void abandon() {}

  /**
   * A step of this job failed, with no effect.
   *
   * @param failures of this step, in a row
   * @param pauseNanos how long to wait before the next attempt
   * @return whether the job arranged its own pause; otherwise all jobs wait
   */
  default boolean failed(String step, Throwable reason, int failures, long pauseNanos) {
    abandon();
    return false;
  }
}
