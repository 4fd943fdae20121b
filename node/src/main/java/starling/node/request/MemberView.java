package starling.node.request;

import java.util.UUID;

/**
 * One member as this node sees it.
 *
 * @param status {@code alive}, {@code suspect}, {@code dead} or {@code left}
 * @param phase {@code joining}, {@code normal} or {@code leaving}
 * @param http its address for clients, host:port
 * @param peer its address for other nodes, host:port
 * @param hintsOverdue hints that this node stores for it, once it has been dead for longer than
 *     {@code hints.maxAge}; 0 before
 * @param debtsOverdue likewise keys of this node's own that it has missed
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
    long heartbeat,
    long hintsOverdue,
    long debtsOverdue) {

  /** A member without overdue hints or debts. */
  public MemberView(
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
      long heartbeat) {
    this(id, name, status, phase, http, peer, zone, weight, version, incarnation, heartbeat, 0, 0);
  }

  /** The same member, with its overdue hints and debts. */
  public MemberView withOverdue(long hints, long debts) {
    return new MemberView(
        id,
        name,
        status,
        phase,
        http,
        peer,
        zone,
        weight,
        version,
        incarnation,
        heartbeat,
        hints,
        debts);
  }
}
