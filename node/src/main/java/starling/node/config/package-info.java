/**
 * The configuration of a node: immutable records, checked on construction. Reads no file and no
 * environment itself.
 */
@NullMarked
package starling.node.config;

import org.jspecify.annotations.NullMarked;
