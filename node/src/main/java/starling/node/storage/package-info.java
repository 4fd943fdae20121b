/**
 * The store of one node: a checksummed log and an index of it, behind the port {@link
 * starling.node.storage.Storage}: append, read, scan a range in position order, reap, drop a range,
 * snapshot, statistics. A library of its own: it knows nothing of quorums, HTTP, placement or event
 * loops, and may depend on {@code starling.node.port} and its own index only.
 *
 * <p>Its promises:
 *
 * <ol>
 *   <li>An append that completed as synced survives any crash; one that completed as replicated
 *       survives any kill of the process, and after 10 ms any crash.
 *   <li>Reads see an append exactly from its completion on, and never bytes that were not written.
 *       Corrupt ranges are quarantined and reported, never truncated; a torn tail is truncated and
 *       copied to a file.
 *   <li>The first failed write or fsync of the log stops it for good. A full disk does not stop it,
 *       nor does a lack of file descriptors: appends are rejected until that has passed, accepted
 *       writes stay queued, reads go on.
 *   <li>Files of another store or of a newer version are rejected with an explanatory error. An
 *       index that is damaged or missing is rebuilt from the log.
 *   <li>{@link starling.node.storage.StorageRecovery} reports possible losses, at every open until
 *       they are handled.
 * </ol>
 *
 * <p>A map of the package:
 *
 * <ul>
 *   <li><b>Format</b>: {@code RecordLayout} (a record, with its bytes), {@code SegmentHeader},
 *       {@code Manifest} (which files make the store), {@code MetadataFiles} (small named values),
 *       {@code ShutdownState} (what the next open must know), {@code PackedBody}; {@code Location}
 *       and {@code RecordHead} in memory. {@code SegmentReader} and {@code SegmentScan} read them
 *       back.
 *   <li><b>Write path</b>: {@code AppendPath} checks a record, {@code GroupCommit} forms a write
 *       {@code WriteGroup} of it, {@code LogWriter} writes and fsyncs the group on the writer
 *       thread, and {@code AppendPath} enters it into the index. {@code MetadataQueue} saves
 *       metadata beside it.
 *   <li><b>Read path</b>: {@code ReadPath} asks {@code ValueCache}, then {@code LiveIndex}, then
 *       {@code RecordReads}; {@code Scans} lists the keys of a range. {@code LiveIndex} holds the
 *       memtables, {@code RunTable}, {@code SegmentTable} and {@code FingerprintCollisions}; {@code
 *       Damage} knows what may not be served.
 *   <li><b>Background</b>: {@code Maintenance} chooses among the {@code MaintenanceJob}s: flush,
 *       manifest, free space, snapshot, merge, compaction, scrub. {@code Jobs} runs one step at a
 *       time, {@code JobFailures} repeats those that fail, {@code Checkpoint} is what the next
 *       manifest records.
 *   <li><b>Opening</b>: {@code StoreOpening}, with {@code LogRecovery} (and {@code LogTail}, {@code
 *       Rebuild}) for log and index; its result is a {@code RecoveredLog}.
 * </ul>
 *
 * <p>{@code LogStorage} puts them together. The owner's thread makes all calls and all decisions;
 * the other threads work on values that they are given, and their results are applied on the
 * owner's thread.
 */
@NullMarked
package starling.node.storage;

import org.jspecify.annotations.NullMarked;
