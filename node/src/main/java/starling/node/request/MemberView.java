package starling.node.request;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One member as this node sees it.
 *
 * @param status {@code alive}, {@code suspect}, {@code dead} or {@code left}
 * @param phase {@code joining}, {@code normal} or {@code leaving}
 * @param http its address for clients, host:port
 * @param peer its address for other nodes, host:port
 * @param incarnation of its process, raised at each start and to refute a suspicion
 * @param heartbeat its process's own count of its probes
 * @param contactMillis how long ago a packet of it came; null if none has
 * @param statusMillis for how long it has had this status here
 * @param suspectedBy names of members that suspect it; empty unless it is suspect
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
    @Nullable Long contactMillis,
    long statusMillis,
    List<String> suspectedBy,
    long hintsOverdue,
    long debtsOverdue) {
  public MemberView {
    suspectedBy = List.copyOf(suspectedBy);
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
        contactMillis,
        statusMillis,
        suspectedBy,
        hints,
        debts);
  }
}
