package starling.node.handoff;

import java.util.BitSet;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.cluster.ClusterView;
import starling.node.metrics.NodeCounters;
import starling.node.peer.PeerRequestHandler;
import starling.node.peer.PendingRequest;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.Deliver;
import starling.node.peer.message.Delivered;
import starling.node.peer.message.StorePurpose;
import starling.node.port.Clock;
import starling.node.port.OutOfMemory;
import starling.node.replica.LocalReplica;
import starling.node.request.BucketProperties.Conflict;
import starling.node.storage.Durability;
import starling.node.storage.Key;
import starling.node.version.MalformedException;

/**
 * Accepts hints that another node delivers: each is merged like a new write, and the batch is
 * answered when all are fsynced.
 */
public final class HintDeliveryHandler implements PeerRequestHandler<Deliver> {
  private static final Logger log = LoggerFactory.getLogger(HintDeliveryHandler.class);

  /** From one batch of hints to the next while clients wait: with 64 KiB each, 1.6 MiB a second. */
  private static final long STRAINED_INTAKE_NANOS = 40_000_000;

  private final ClusterView cluster;
  private final LocalReplica local;
  private final Clock clock;
  private final NodeCounters counters;
  private final BooleanSupplier strained;
  private final HandoffAdmission intake = new HandoffAdmission(STRAINED_INTAKE_NANOS);

  /**
   * @param strained whether requests of clients wait for their turn at present
   */
  public HintDeliveryHandler(
      ClusterView cluster,
      LocalReplica local,
      Clock clock,
      NodeCounters counters,
      BooleanSupplier strained) {
    this.cluster = cluster;
    this.local = local;
    this.clock = clock;
    this.counters = counters;
    this.strained = strained;
  }

  @Override
  public void handle(Deliver deliver, PendingRequest pending) {
    if (!intake.takes(strained.getAsBoolean(), clock.nanoTime())) {
      pending.decline(DeclineReason.OVERLOADED, "clients come first");
      return;
    }
    int entries = deliver.entries().size();
    Delivery delivery = new Delivery(pending, entries);
    for (int place = 0; place < entries; place++) {
      try {
        deliver(delivery, place, deliver.entries().get(place));
      } catch (MalformedException e) {
        counters.malformed++;
        log.warn(
            "a hint from {} could not be read: {}", cluster.name(pending.from()), e.getMessage());
        delivery.ended(place, false);
      } catch (Throwable e) {
        OutOfMemory.endsProcess(e);
        log.error("an error ended the merge of a hint from {}", cluster.name(pending.from()), e);
        delivery.ended(place, false);
      }
    }
    delivery.begun();
  }

  private void deliver(Delivery delivery, int place, Deliver.Entry entry) {
    Key key = entry.key();
    boolean latest = cluster.bucket(key.bucket()).conflict() == Conflict.LWW;
    if (cluster.registerHash(key.bucket()) != entry.register()) {
      // Gossip brings the registers together; the hint stays until then.
      counters.registerDifferences++;
      delivery.ended(place, false);
    } else if (!cluster.mine(key) || cluster.writesPaused(key.bucket()) || latest != entry.lww()) {
      delivery.ended(place, false);
    } else {
      local.store(
          key,
          cluster.ring().partition(key.position()),
          entry.set(),
          latest ? Conflict.LWW : Conflict.SIBLINGS,
          Durability.SYNCED,
          StorePurpose.WRITE,
          reason -> delivery.ended(place, reason == null));
    }
  }

  /** A batch of hints: the failure of one does not affect the others. */
  private static final class Delivery {
    private final PendingRequest pending;
    private final BitSet took = new BitSet();
    private final BitSet missing = new BitSet();
    private boolean begun;

    Delivery(PendingRequest pending, int entries) {
      this.pending = pending;
      this.missing.set(0, entries);
    }

    void ended(int place, boolean well) {
      if (missing.get(place)) {
        missing.clear(place);
        took.set(place, well);
        answer();
      }
    }

    void begun() {
      begun = true;
      answer();
    }

    private void answer() {
      if (begun && missing.isEmpty()) {
        pending.answer(new Delivered(pending.call(), took));
      }
    }
  }
}
