package starling.gossip.detector;

import java.util.EnumMap;
import java.util.Map;

/** What a failure detector has counted since its start, for metrics. */
public final class DetectorCounters {
  /** Why a packet, or a statement in one, changed nothing. */
  public enum Drop {
    /** Not bytes of a packet. */
    MALFORMED,
    /** Longer than any packet. */
    TOO_LONG,
    /** Of a version that is not known here. */
    VERSION,
    /** Of another cluster. */
    STRANGER,
    /** From or about a member that is not known and does not introduce itself. */
    UNKNOWN,
    /** From a process that another process has replaced, or from long ago. */
    STALE,
    /** An answer to no probe that is open. */
    UNEXPECTED,
    /** For another member that had this address, or from this member itself. */
    MISDIRECTED,
    /** From or about a member that is shut out. */
    BANNED,
    /** Dropped by the caller: no member has made it. */
    UNAUTHENTICATED
  }

  /** How a probe ended. */
  public enum ProbeResult {
    DIRECT,
    INDIRECT,
    /** Only a connection got through; datagrams did not. */
    STREAM,
    FAILED,
    /** This process was paused meanwhile, so that the probe says nothing. */
    ABANDONED
  }

  private final Map<Drop, Long> drops = new EnumMap<>(Drop.class);
  private final Map<ProbeResult, Long> probes = new EnumMap<>(ProbeResult.class);
  long packetsOut;
  long bytesOut;
  long packetsIn;
  long bytesIn;
  long suspicionsRaised;
  long suspicionsRefuted;
  long suspicionsConfirmed;
  int localHealth;
  long oldestProbeNanos;

  /** Something was dropped; also for a caller that authenticates packets. */
  public void drop(Drop why) {
    drops.merge(why, 1L, Long::sum);
  }

  void probe(ProbeResult result) {
    probes.merge(result, 1L, Long::sum);
  }

  public long dropped(Drop why) {
    return drops.getOrDefault(why, 0L);
  }

  public long dropped() {
    return drops.values().stream().mapToLong(Long::longValue).sum();
  }

  public long probes(ProbeResult result) {
    return probes.getOrDefault(result, 0L);
  }

  public long packetsOut() {
    return packetsOut;
  }

  public long bytesOut() {
    return bytesOut;
  }

  public long packetsIn() {
    return packetsIn;
  }

  public long bytesIn() {
    return bytesIn;
  }

  /** Suspicions that began here, by an own probe or by the statement of another member. */
  public long suspicionsRaised() {
    return suspicionsRaised;
  }

  public long suspicionsRefuted() {
    return suspicionsRefuted;
  }

  /** Suspicions that ended with the member being declared dead. */
  public long suspicionsConfirmed() {
    return suspicionsConfirmed;
  }

  /** 0 is good; at 1 intervals and timeouts are twice as long, at 2 three times. */
  public int localHealth() {
    return localHealth;
  }

  /** Age of the oldest probe that is open, at the last tick; 0 if none is. */
  public long oldestProbeNanos() {
    return oldestProbeNanos;
  }
}
