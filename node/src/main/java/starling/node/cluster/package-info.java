/**
 * The members, the ring in force, the buckets and the cluster metadata, as this node knows them.
 */
@NullMarked
package starling.node.cluster;

import org.jspecify.annotations.NullMarked;
