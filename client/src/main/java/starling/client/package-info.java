/** The asynchronous Java client. May depend on {@code starling.wire} and {@code starling.ring}. */
@NullMarked
package starling.client;

import org.jspecify.annotations.NullMarked;
