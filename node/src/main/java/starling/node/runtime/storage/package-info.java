/**
 * Files and the threads that write and read them: what the store runs on in production. May depend
 * on {@code starling.node.port} and {@code starling.node.storage}.
 */
@NullMarked
package starling.node.runtime.storage;

import org.jspecify.annotations.NullMarked;
