/** The command line; {@link starling.node.main.NodeProcess} constructs everything. */
@NullMarked
package starling.node.main;

import org.jspecify.annotations.NullMarked;
