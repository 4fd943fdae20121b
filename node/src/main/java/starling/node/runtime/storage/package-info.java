/**
 * Files and the thread that writes them: what the store runs on in production. May depend on {@code
 * starling.node.port} only.
 */
@NullMarked
package starling.node.runtime.storage;

import org.jspecify.annotations.NullMarked;
