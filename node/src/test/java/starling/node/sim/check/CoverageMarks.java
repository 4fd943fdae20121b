package starling.node.sim.check;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import starling.node.metrics.NodeCounters;
import starling.node.sim.fault.InjectedFault;
import starling.node.sim.workload.RequestForms;
import starling.node.storage.Storage;
import starling.node.storage.StorageStatistics;

/** How often each {@link CoverageMark}, and each kind of {@link InjectedFault}, was hit. */
public final class CoverageMarks {
  private final Map<CoverageMark, Long> hits = new EnumMap<>(CoverageMark.class);
  private final Map<InjectedFault.Kind, Long> troubles = new EnumMap<>(InjectedFault.Kind.class);

  private final Map<String, Long> forms = new TreeMap<>();

  public void hit(CoverageMark probe) {
    hit(probe, 1);
  }

  public void hit(CoverageMark probe, long times) {
    if (times > 0) {
      hits.merge(probe, times, Long::sum);
    }
  }

  /** A client has asked in these forms. */
  public void asked(List<String> names) {
    names.forEach(form -> forms.merge(form, 1L, Long::sum));
  }

  public void happened(InjectedFault.Kind kind) {
    troubles.merge(kind, 1L, Long::sum);
  }

  /** Adds what a process counted; each process once only. */
  public void addLife(NodeCounters counters, Storage storage) {
    hit(CoverageMark.HINT_TAKEN, counters.hintsTaken);
    hit(CoverageMark.HINT_SENT, counters.hintsSent);
    hit(CoverageMark.HINT_REFUSED_AT_QUOTA, counters.hintsRejected);
    hit(CoverageMark.HINT_DELIVERED, counters.hintsDelivered);
    hit(CoverageMark.HINT_BATCH_NOT_TAKEN, counters.hintBatchesFailed);
    hit(CoverageMark.HINT_MAY_BE_LOST, counters.hintsLost);
    hit(CoverageMark.DEBT_DELIVERED, counters.debtsDelivered);
    hit(CoverageMark.REJECTED_BY_ONE_REPLICA, counters.rejectedByOne);
    hit(CoverageMark.FALLBACK_COORDINATED, counters.coordinatedByFallback);
    hit(CoverageMark.WRITE_HANDED_ON, counters.handedOn);
    hit(CoverageMark.BLIND_WRITE_ASKED, counters.asks);
    hit(CoverageMark.WRITE_ASKED_HINT_HOLDERS, counters.holdersAsked);
    hit(CoverageMark.HEDGED, counters.hedges);
    hit(CoverageMark.RECOGNISED, counters.repeated);
    hit(CoverageMark.DECLINED, counters.declined);
    hit(CoverageMark.RINGS_DIFFERED, counters.ringDifferences);
    hit(CoverageMark.DROPPED_AS_TOO_LATE, counters.late);
    hit(CoverageMark.REPLICAS_DIFFERED, counters.differences);
    hit(CoverageMark.PAST_NOTICED, counters.rolledBack);
    hit(CoverageMark.READ_REPAIRED, counters.repairs);
    StorageStatistics log = storage.statistics();
    hit(CoverageMark.INDEX_FLUSHED, log.flushes());
    hit(CoverageMark.RUNS_MERGED, log.merges());
    hit(CoverageMark.LOG_SCRUBBED, log.scrubbedBytes() > 0 ? 1 : 0);
    hit(CoverageMark.LOG_COMPACTED, log.compactions());
    hit(CoverageMark.RECORD_SET_ASIDE, log.corruptRanges());
    hit(CoverageMark.READ_TRIED_AGAIN, log.readsTriedAgain());
    hit(CoverageMark.LOG_FAILED, storage.failure() == null ? 0 : 1);
  }

  /** Adds another run's. */
  public void addAll(CoverageMarks other) {
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
    for (CoverageMark probe : CoverageMark.values()) {
      if (!hits.containsKey(probe)) {
        missed.add(probe.name());
      }
    }
    for (InjectedFault.Kind kind : InjectedFault.Kind.values()) {
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
