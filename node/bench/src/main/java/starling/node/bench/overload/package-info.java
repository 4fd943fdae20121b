/**
 * Offers a running cluster more than it can do, and counts what was answered in time. May depend on
 * the JDK only.
 */
@NullMarked
package starling.node.bench.overload;

import org.jspecify.annotations.NullMarked;
