/** The command line, and the one place where everything is put together with {@code new}. */
@NullMarked
package starling.node.main;

import org.jspecify.annotations.NullMarked;
