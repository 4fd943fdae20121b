package starling.node.sim.check;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import starling.node.metrics.NodeCounters;
import starling.node.sim.fault.Trouble;
import starling.node.sim.workload.RequestForms;
import starling.node.storage.Storage;
import starling.node.storage.StorageStatistics;

/** How often each {@link Probe}, and each kind of {@link Trouble}, was hit. */
public final class Probes {
  private final Map<Probe, Long> hits = new EnumMap<>(Probe.class);
  private final Map<Trouble.Kind, Long> troubles = new EnumMap<>(Trouble.Kind.class);

  private final Map<String, Long> forms = new TreeMap<>();

  public void hit(Probe probe) {
    hit(probe, 1);
  }

  public void hit(Probe probe, long times) {
    if (times > 0) {
      hits.merge(probe, times, Long::sum);
    }
  }

  /** A client has asked in these forms. */
  public void asked(List<String> names) {
    names.forEach(form -> forms.merge(form, 1L, Long::sum));
  }

  public void happened(Trouble.Kind kind) {
    troubles.merge(kind, 1L, Long::sum);
  }

  /** Adds what a process counted in its life; the same life once only. */
  public void addLife(NodeCounters counters, Storage storage) {
    hit(Probe.HINT_TAKEN, counters.hintsTaken);
    hit(Probe.HINT_SENT, counters.hintsSent);
    hit(Probe.HINT_REFUSED_AT_QUOTA, counters.hintsRefused);
    hit(Probe.HINT_DELIVERED, counters.hintsDelivered);
    hit(Probe.HINT_BATCH_NOT_TAKEN, counters.hintBatchesFailed);
    hit(Probe.HINT_MAY_BE_LOST, counters.hintsLost);
    hit(Probe.DEBT_DELIVERED, counters.debtsDelivered);
    hit(Probe.REJECTED_BY_ONE_REPLICA, counters.rejectedByOne);
    hit(Probe.FALLBACK_COORDINATED, counters.standIns);
    hit(Probe.WRITE_HANDED_ON, counters.handedOn);
    hit(Probe.BLIND_WRITE_ASKED, counters.asks);
    hit(Probe.WRITE_ASKED_HINT_HOLDERS, counters.holdersAsked);
    hit(Probe.HEDGED, counters.hedges);
    hit(Probe.RECOGNISED, counters.repeated);
    hit(Probe.DECLINED, counters.declined);
    hit(Probe.RINGS_DIFFERED, counters.ringDifferences);
    hit(Probe.DROPPED_AS_TOO_LATE, counters.late);
    hit(Probe.REPLICAS_DIFFERED, counters.differences);
    hit(Probe.PAST_NOTICED, counters.rolledBack);
    hit(Probe.READ_REPAIRED, counters.repairs);
    StorageStatistics log = storage.statistics();
    hit(Probe.INDEX_FLUSHED, log.flushes());
    hit(Probe.RUNS_MERGED, log.merges());
    hit(Probe.LOG_SCRUBBED, log.scrubbedBytes() > 0 ? 1 : 0);
    hit(Probe.LOG_COMPACTED, log.compactions());
    hit(Probe.RECORD_SET_ASIDE, log.setAside());
    hit(Probe.READ_TRIED_AGAIN, log.readsTriedAgain());
    hit(Probe.LOG_FAILED, storage.failure() == null ? 0 : 1);
  }

  /** Adds another run's. */
  public void addAll(Probes other) {
    other.hits.forEach((probe, times) -> hits.merge(probe, times, Long::sum));
    other.forms.forEach((form, times) -> forms.merge(form, times, Long::sum));
    other.troubles.forEach((kind, times) -> troubles.merge(kind, times, Long::sum));
  }

  /** Whether anything at all was done to the cluster. */
  public boolean troubled() {
    return !troubles.isEmpty();
  }

  /** What was never hit, by name. */
  public List<String> missed() {
    List<String> missed = new ArrayList<>();
    for (Probe probe : Probe.values()) {
      if (!hits.containsKey(probe)) {
        missed.add(probe.name());
      }
    }
    for (Trouble.Kind kind : Trouble.Kind.values()) {
      if (!troubles.containsKey(kind)) {
        missed.add(kind.name());
      }
    }
    missed.addAll(formsMissed());
    return missed;
  }

  /** In which forms no client has asked. */
  public List<String> formsMissed() {
    return RequestForms.all().stream().filter(form -> !forms.containsKey(form)).toList();
  }

  @Override
  public String toString() {
    return "probes " + hits + ", troubles " + troubles + ", " + forms.size() + " forms of requests";
  }
}
