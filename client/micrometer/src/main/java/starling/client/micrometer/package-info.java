/**
 * Reports the calls of the Java client as Micrometer observations, for metrics and traces. May
 * depend on {@code starling.client} and Micrometer's observations.
 */
@NullMarked
package starling.client.micrometer;

import org.jspecify.annotations.NullMarked;
