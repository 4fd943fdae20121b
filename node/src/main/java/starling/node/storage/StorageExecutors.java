package starling.node.storage;

import java.util.concurrent.Executor;

/**
 * The executors of a store. Each runs a task after {@code execute} returned or on another thread,
 * never inside it.
 *
 * @param owner calls the store and runs completions, one task after the other
 * @param writer writes the log, one task after the other
 * @param background runs the maintenance jobs, one task after the other; a task may take long
 * @param readers read records that are not in the page cache
 */
public record StorageExecutors(
    Executor owner, Executor writer, Executor background, Executor readers) {}
