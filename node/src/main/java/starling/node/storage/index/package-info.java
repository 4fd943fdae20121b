/**
 * The index of the store: the location of each key's newest record, by position and fingerprint of
 * the key. Knows nothing of logs, keys or quorums; may depend on {@code starling.node.port}, Guava
 * and MapDB, and is used by {@code starling.node.storage} alone.
 *
 * <p>Changes gather in a {@link starling.node.storage.index.Memtable}, which is flushed, sorted, to
 * a {@link starling.node.storage.index.Run}; runs are immutable and are merged. An entry is never
 * served: it only points to a record.
 */
@NullMarked
package starling.node.storage.index;

import org.jspecify.annotations.NullMarked;
