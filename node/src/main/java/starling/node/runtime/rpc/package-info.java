/**
 * Frames between nodes over TCP: greeting, connections, dialling, bounds. May depend on Vert.x, the
 * ports, the codec of {@code starling.node.version} and the addresses and lives of gossip; what it
 * decides (who is welcome, which of two connections stays, when to dial again) it decides in plain
 * values that know no socket.
 */
@NullMarked
package starling.node.runtime.rpc;

import org.jspecify.annotations.NullMarked;
