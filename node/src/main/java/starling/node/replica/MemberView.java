package starling.node.replica;

import java.util.UUID;

/**
 * One member as this node sees it.
 *
 * @param status {@code alive}, {@code suspect}, {@code dead} or {@code left}
 * @param phase {@code joining}, {@code normal} or {@code leaving}
 * @param http where it serves clients, host:port
 * @param peer where it serves other nodes, host:port
 */
public record MemberView(
    UUID id,
    String name,
    String status,
    String phase,
    String http,
    String peer,
    String zone,
    int weight,
    String version,
    long incarnation,
    long heartbeat) {}
