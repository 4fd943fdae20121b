/** The costs of the Java client. */
@NullMarked
package starling.node.bench.client;

import org.jspecify.annotations.NullMarked;
