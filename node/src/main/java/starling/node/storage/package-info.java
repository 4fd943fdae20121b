/**
 * The store of one node: a checksummed log and its index, behind the port {@link
 * starling.node.storage.Storage}. Knows nothing of quorums, HTTP, placement or event loops; may
 * depend on {@code starling.node.port} only.
 *
 * <p>What it promises: an append that completed as synced is there after any crash, one that
 * completed as replicated after any kill of the process. Bytes that are not what was written are
 * never served; damage in the middle is set aside and reported, an unfinished end is cut and kept
 * aside. The first failed write or fsync stops it for good. What it may not know about its own
 * losses, {@link starling.node.storage.StorageRecovery} says.
 */
@NullMarked
package starling.node.storage;

import org.jspecify.annotations.NullMarked;
