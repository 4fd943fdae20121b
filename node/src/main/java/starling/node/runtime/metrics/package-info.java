/**
 * The metrics of a node and how they are published. Counts are plain fields of the event loop; a
 * scrape copies them there and writes them out on another thread.
 */
@NullMarked
package starling.node.runtime.metrics;

import org.jspecify.annotations.NullMarked;
