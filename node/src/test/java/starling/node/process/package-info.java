/**
 * Real processes on real ports and files: killed, frozen, cut apart and asked by the clients of
 * others. Sees a node only from outside.
 */
@NullMarked
package starling.node.process;

import org.jspecify.annotations.NullMarked;
