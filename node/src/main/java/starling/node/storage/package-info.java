/**
 * The store of one node: a checksummed log and its index, behind a small port. Knows nothing of
 * quorums, HTTP or event loops; may depend on {@code starling.node.port} only.
 */
@NullMarked
package starling.node.storage;

import org.jspecify.annotations.NullMarked;
