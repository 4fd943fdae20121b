/**
 * What to do next: kinds of operations, keys and values. Plain decisions that read no clock and
 * touch no socket. May depend on the JDK only.
 */
@NullMarked
package starling.loadgen.workload;

import org.jspecify.annotations.NullMarked;
