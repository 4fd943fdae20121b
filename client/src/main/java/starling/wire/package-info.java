/**
 * What crosses the REST API: names, paths, records and problem kinds. May depend on Jackson only.
 */
@NullMarked
package starling.wire;

import org.jspecify.annotations.NullMarked;
