/** The HTTP API on Vert.x: bytes to requests, outcomes to answers. Decides nothing about data. */
@NullMarked
package starling.node.runtime.http;

import org.jspecify.annotations.NullMarked;
