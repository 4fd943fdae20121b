/**
 * Frames between nodes over TCP: greeting, connections, dialling, bounds. May depend on Vert.x, the
 * ports, the codec of {@code starling.node.version} and the addresses and process incarnations of
 * gossip. Its decisions (which peer to accept, which of two connections stays, when to dial again)
 * are plain values that know no socket.
 */
@NullMarked
package starling.node.runtime.rpc;

import org.jspecify.annotations.NullMarked;
