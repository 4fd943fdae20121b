package starling.node.main;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import starling.node.config.HttpConfig;

/**
 * Divides the file descriptors of the process: first to the open ones and to the store, which must
 * be able to open a file whatever clients do, then to the other nodes, and the rest to clients. A
 * value.
 *
 * @param limit descriptors the process may have
 * @param used those that are open before the store and the network take theirs
 * @param segments files of the log, which stay open
 * @param peers connections of other nodes that may be open here
 * @param wanted connections of clients that the configuration asks for; 0: as many as there are
 *     descriptors for, {@link #MAX_CLIENTS} at most
 * @param clients connections of clients that may be open, apart from health checks
 */
record DescriptorBudget(long limit, long used, int segments, int peers, int wanted, int clients) {
  /** Descriptors that the process opens later: listeners, event loops, jars. */
  static final int FOR_THE_PROCESS = 32;

  /** Descriptors that the store opens for a moment: values, runs, directories, a new segment. */
  static final int FOR_THE_STORE = 64;

  /** Segments that the log may gain until the budget is computed again. */
  static final int NEW_SEGMENTS = 32;

  /** Connections beyond the limit on which health is answered, and those that are just closed. */
  static final int FOR_HEALTH = 32;

  /**
   * Enough for unknown callers and 48 other nodes, each with two connections, and two more while
   * its address changes.
   */
  static final int MIN_PEERS = 256;

  static final int MAX_PEERS = 4_096;

  /** With fewer no client can work. */
  static final int MIN_CLIENTS = 16;

  static final int MAX_CLIENTS = HttpConfig.MAX_CONNECTIONS;

  /**
   * Shares the descriptors out.
   *
   * @throws DoesNotFitException if they do not suffice
   */
  static DescriptorBudget of(long limit, long used, int segments, int wanted)
      throws DoesNotFitException {
    long left = limit - forOthers(used, segments);
    int least = wanted == 0 ? MIN_CLIENTS : wanted;
    if (left < (long) MIN_PEERS + least) {
      throw new DoesNotFitException(limit, used, segments, wanted);
    }
    // A quarter for the other nodes, unless the clients were promised more.
    long forPeers = Math.min(MAX_PEERS, Math.max(MIN_PEERS, left / 4));
    int peers = (int) Math.min(forPeers, left - least);
    int clients = wanted == 0 ? (int) Math.min(MAX_CLIENTS, left - peers) : wanted;
    return new DescriptorBudget(limit, used, segments, peers, wanted, clients);
  }

  private static long forOthers(long used, int segments) {
    return used + FOR_THE_PROCESS + segments + NEW_SEGMENTS + FOR_THE_STORE + FOR_HEALTH;
  }

  /** Whether the log has more segments than planned. */
  boolean outgrownBy(int nowSegments) {
    return nowSegments > segments + NEW_SEGMENTS;
  }

  /**
   * The same for a log that has grown: clients get the rest, even if the configuration promises
   * more, but at least {@link #MIN_CLIENTS}.
   */
  DescriptorBudget grownTo(int nowSegments) {
    long left = limit - forOthers(used, nowSegments) - peers;
    int most = wanted == 0 ? MAX_CLIENTS : wanted;
    int now = (int) Math.max(Math.min(MIN_CLIENTS, most), Math.min(most, left));
    return new DescriptorBudget(limit, used, nowSegments, peers, wanted, now);
  }

  /** The shares, as a line of the log. */
  String words() {
    return "of "
        + limit
        + " files and sockets that the process may open, "
        + (used + FOR_THE_PROCESS)
        + " are its own, "
        + (segments + NEW_SEGMENTS + FOR_THE_STORE)
        + " the store's ("
        + segments
        + " segments), "
        + peers
        + " for other nodes, "
        + FOR_HEALTH
        + " for health checks";
  }

  /** Descriptors the process may have; a very large number where there is no limit to be asked. */
  static long limitOfProcess() {
    OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
    long limit =
        system instanceof UnixOperatingSystemMXBean unix ? unix.getMaxFileDescriptorCount() : -1;
    return limit <= 0 ? Integer.MAX_VALUE : limit;
  }

  /** Descriptors that are open now; 0 where that cannot be asked. */
  static long openNow() {
    OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
    return system instanceof UnixOperatingSystemMXBean unix
        ? Math.max(0, unix.getOpenFileDescriptorCount())
        : 0;
  }

  /** The descriptor limit of the process is too low. */
  static final class DoesNotFitException extends Exception {
    private static final long serialVersionUID = 1;

    DoesNotFitException(long limit, long used, int segments, int wanted) {
      super(
          "the process may open "
              + limit
              + " files and sockets, and needs "
              + (forOthers(used, segments) + MIN_PEERS + (wanted == 0 ? MIN_CLIENTS : wanted))
              + " ("
              + (used + FOR_THE_PROCESS)
              + " of its own, "
              + (segments + NEW_SEGMENTS + FOR_THE_STORE)
              + " for the store with "
              + segments
              + " segments, "
              + MIN_PEERS
              + " for other nodes, "
              + FOR_HEALTH
              + " for health checks, "
              + (wanted == 0 ? MIN_CLIENTS + " for clients at least" : wanted + " for clients")
              + "): raise the limit (ulimit -n, LimitNOFILE of systemd)"
              + (wanted == 0 ? "" : ", or lower http.maxConnections from " + wanted));
    }
  }
}
