/**
 * Membership as a state machine: the members, their status, and the facts they share. May depend on
 * the JDK only; time and randomness are arguments, actions come out as values.
 */
@NullMarked
package starling.gossip;

import org.jspecify.annotations.NullMarked;
