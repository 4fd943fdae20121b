/**
 * The index of the store: where the newest record of each key lies, by position and fingerprint of
 * the key. Knows nothing of logs, keys or quorums; may depend on {@code starling.node.port}, Guava
 * and MapDB, and is there for {@code starling.node.storage} alone.
 *
 * <p>Changes gather in a {@link starling.node.storage.index.Memtable}, which is written, sorted, as
 * a {@link starling.node.storage.index.Run}; runs are immutable and are merged now and then. What
 * an entry says is never served: it only tells where to look.
 */
@NullMarked
package starling.node.storage.index;

import org.jspecify.annotations.NullMarked;
