/** Changes of the ring and of buckets, on which members must agree first. */
@NullMarked
package starling.node.reconfig;

import org.jspecify.annotations.NullMarked;
