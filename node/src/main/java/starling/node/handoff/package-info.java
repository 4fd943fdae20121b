/** Delivers hints at a rate that both sides can bear. */
@NullMarked
package starling.node.handoff;

import org.jspecify.annotations.NullMarked;
