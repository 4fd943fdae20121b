/** Workloads, histories, checkers and reports. May depend on {@code starling.client}. */
@NullMarked
package starling.loadgen;

import org.jspecify.annotations.NullMarked;
