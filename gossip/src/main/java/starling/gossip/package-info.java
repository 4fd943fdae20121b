/**
 * Membership as a state machine: who is there, who is alive, and the facts nodes share. May depend
 * on the JDK only.
 */
@NullMarked
package starling.gossip;

import org.jspecify.annotations.NullMarked;
