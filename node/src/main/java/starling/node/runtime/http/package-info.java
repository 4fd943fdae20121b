/**
 * The REST API on Vert.x's HTTP server: reads requests strictly, passes them to {@code
 * starling.node.replica.NodeService} on the node's own event loop, and turns outcomes into answers.
 * May depend on {@code starling.wire}, {@code starling.node.config} and {@code
 * starling.node.replica}.
 */
@NullMarked
package starling.node.runtime.http;

import org.jspecify.annotations.NullMarked;
