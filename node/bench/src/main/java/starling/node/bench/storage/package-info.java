/**
 * Compares the store with other engines behind one small port, in one run on one disk, and writes
 * tables and a picture. Depends on the store, the engines and nothing of the node's; nothing
 * depends on it.
 */
@NullMarked
package starling.node.bench.storage;

import org.jspecify.annotations.NullMarked;
