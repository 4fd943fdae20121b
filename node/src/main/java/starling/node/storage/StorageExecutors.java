package starling.node.storage;

import java.util.concurrent.Executor;

/**
 * Where a store's work is done. Each runs a task after {@code execute} returned or on another
 * thread, never inside it.
 *
 * @param owner where the store is called and tells completions, one task after the other
 * @param writer where the log is written, one task after the other
 * @param background where the index is written and merged and the log compacted and scrubbed, one
 *     task after the other; may take long
 * @param readers where records are read that are not in memory
 */
public record StorageExecutors(
    Executor owner, Executor writer, Executor background, Executor readers) {}
