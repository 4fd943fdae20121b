/**
 * The asynchronous Java client. Decisions about one call are made by {@code Call} and its parts
 * without clock, thread or socket; transports carry them out. May depend on {@code starling.wire},
 * {@code starling.ring}, jackson-core and Vert.x.
 */
@NullMarked
package starling.client;

import org.jspecify.annotations.NullMarked;
