/**
 * The command line of the load generator: runs, their results, reports and comparisons. May depend
 * on {@code starling.client}, Jackson, picocli and HdrHistogram.
 */
@NullMarked
package starling.loadgen;

import org.jspecify.annotations.NullMarked;
