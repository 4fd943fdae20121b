/**
 * Files and the threads that write and read them: the store's ports in production. May depend on
 * {@code starling.node.port} and {@code starling.node.storage}.
 */
@NullMarked
package starling.node.runtime.storage;

import org.jspecify.annotations.NullMarked;
