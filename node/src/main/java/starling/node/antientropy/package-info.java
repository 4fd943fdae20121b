/** Compares replicas and repairs what differs. */
@NullMarked
package starling.node.antientropy;

import org.jspecify.annotations.NullMarked;
