/**
 * The binding for YCSB. May depend on {@code starling.client} and {@code site.ycsb}; nothing
 * depends on it.
 */
@NullMarked
package starling.loadgen.ycsb;

import org.jspecify.annotations.NullMarked;
