package starling.node.reconfig;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.node.cluster.BucketRegister;
import starling.node.cluster.ClusterView;
import starling.node.cluster.Membership;
import starling.node.cluster.MetadataType;
import starling.node.peer.CallFailure;
import starling.node.peer.CallGroup;
import starling.node.peer.DeadlineWheel;
import starling.node.peer.PeerClient;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.Done;
import starling.node.peer.message.FenceBucket;
import starling.node.peer.message.KeepFact;
import starling.node.peer.message.Request;
import starling.node.request.BucketChange;
import starling.node.request.BucketOutcome;
import starling.node.request.BucketProperties;
import starling.node.request.Rejection;
import starling.node.request.Rejection.Outcome;
import starling.wire.ProblemKind;

/**
 * Sets the properties of buckets. A change is answered when a majority of the members has it on
 * disk; the others learn it by gossip.
 *
 * <p>The number of replicas, and the resolution of concurrent writes, can only be chosen while the
 * bucket holds no data: another number of replicas moves data, another resolution would change the
 * result of old writes. For those every member must be fenced: it confirms that it holds no data of
 * the bucket and accepts none until the properties have come.
 */
public final class BucketChanges {
  /** How long a member accepts no write of a bucket whose properties are being chosen. */
  static final long HOLD_NANOS = 10_000_000_000L;

  private static final int TIMEOUT_MILLIS = 3_000;

  /** How long the poll waits for unneeded answers, so that most nodes agree at once. */
  private static final int COURTESY_MILLIS = 300;

  private final ClusterView cluster;
  private final PeerClient peers;
  private final DeadlineWheel deadlines;
  private final Membership membership;
  private final ReconfigurationFence fence;

  public BucketChanges(
      ClusterView cluster,
      Membership membership,
      ReconfigurationFence fence,
      PeerClient peers,
      DeadlineWheel deadlines) {
    this.cluster = cluster;
    this.membership = membership;
    this.fence = fence;
    this.peers = peers;
    this.deadlines = deadlines;
  }

  public void change(String bucket, BucketChange change, Consumer<BucketOutcome> done) {
    String notServing = cluster.notServing();
    if (notServing != null) {
      refuse(done, Rejection.of(ProblemKind.NOT_READY, notServing));
      return;
    }
    BucketProperties before = cluster.bucket(bucket);
    BucketProperties after = change.apply(before);
    BucketProperties.FieldError flaw = after.fieldError();
    if (flaw != null) {
      refuse(done, Rejection.of(ProblemKind.BAD_BODY, flaw.field(), flaw.detail()));
      return;
    }
    boolean structural = after.n() != before.n() || after.conflict() != before.conflict();
    if (structural) {
      if (cluster.register(bucket) != null || fence.holdsBucket(bucket)) {
        refuse(done, fixed(before, after));
        return;
      }
      if (cluster.writesPaused(bucket)) {
        refuse(
            done,
            Rejection.of(ProblemKind.UNAVAILABLE, "another change of this bucket is under way"));
        return;
      }
      cluster.pauseWrites(bucket, HOLD_NANOS);
    }
    List<UUID> others = cluster.otherNodes();
    if (structural) {
      new Poll(others, others.size(), done) {
        @Override
        Request question(long call) {
          return new FenceBucket(call, TIMEOUT_MILLIS, 0, bucket);
        }

        @Override
        Rejection declined(CallFailure.Declined declined) {
          return declined.reason() == DeclineReason.HOLDS_DATA
              ? fixed(before, after)
              : Rejection.of(ProblemKind.UNAVAILABLE, declined.detail());
        }

        @Override
        void enough() {
          if (cluster.register(bucket) != null || fence.holdsBucket(bucket)) {
            refuse(done, fixed(before, after));
            return;
          }
          spread(bucket, after, others, others.size(), done);
        }
      }.begin();
    } else {
      spread(bucket, after, others, (others.size() + 1) / 2, done);
    }
  }

  private static Rejection fixed(BucketProperties before, BucketProperties after) {
    return after.conflict() != before.conflict()
        ? Rejection.of(
            ProblemKind.BUCKET_CONFLICT,
            "conflict",
            "is fixed once a bucket was made or written to")
        : Rejection.of(
            ProblemKind.NOT_BUILT,
            "n",
            "changing n of a bucket that was made or written to is not built yet");
  }

  private void spread(
      String bucket,
      BucketProperties after,
      List<UUID> others,
      int required,
      Consumer<BucketOutcome> done) {
    String name = MetadataType.BUCKET.of(bucket);
    BucketRegister before = cluster.register(bucket);
    long counter = 1 + (before == null ? 0 : before.counter());
    byte[] value = new BucketRegister(counter, after).encode();
    membership.mergeDurably(
        name,
        value,
        durable -> {
          if (!durable) {
            refuse(
                done,
                Rejection.of(
                    ProblemKind.STORAGE_FAILED, "the properties could not be made durable"));
            return;
          }
          new Poll(others, required, done) {
            @Override
            Request question(long call) {
              return new KeepFact(call, TIMEOUT_MILLIS, 0, name, value);
            }

            @Override
            @Nullable Rejection declined(CallFailure.Declined declined) {
              return null;
            }

            @Override
            void enough() {
              done.accept(new BucketOutcome.Changed(after));
            }
          }.begin();
        });
  }

  private static void refuse(Consumer<BucketOutcome> done, Rejection refusal) {
    done.accept(new BucketOutcome.Rejected(refusal));
  }

  /** Sends one request to several nodes and waits until enough have executed it. */
  private abstract class Poll {
    private final List<UUID> nodes;
    private final int required;
    private final Consumer<BucketOutcome> done;
    private final CallGroup calls = new CallGroup(peers, cluster, deadlines);
    private final List<String> agreed = new ArrayList<>();
    private int left;
    private boolean ended;
    private boolean patient = true;
    private DeadlineWheel.@Nullable Deadline courtesy;

    Poll(List<UUID> nodes, int required, Consumer<BucketOutcome> done) {
      this.nodes = nodes;
      this.required = required;
      this.done = done;
      this.left = nodes.size();
    }

    abstract Request question(long call);

    /** Why one node's rejection ends the poll, or null to continue without it. */
    abstract @Nullable Rejection declined(CallFailure.Declined declined);

    abstract void enough();

    void begin() {
      calls.timeout(TIMEOUT_MILLIS, this::miss);
      courtesy =
          deadlines.set(
              COURTESY_MILLIS * 1_000_000L,
              () -> {
                patient = false;
                look();
              });
      for (UUID node : nodes) {
        boolean sent =
            calls.ask(node, this::question, Done.class, agrees -> agreed(node), this::notAgreed);
        left -= sent ? 0 : 1;
      }
      look();
    }

    private void agreed(UUID node) {
      left--;
      agreed.add(cluster.name(node));
      look();
    }

    private void notAgreed(CallFailure failure) {
      left--;
      if (failure instanceof CallFailure.Declined declined) {
        Rejection refusal = declined(declined);
        if (refusal != null && end()) {
          refuse(done, refusal);
        }
      }
      look();
    }

    private void look() {
      if (ended) {
        return;
      }
      if (agreed.size() >= required && (left == 0 || !patient)) {
        if (end()) {
          enough();
        }
      } else if (agreed.size() + left < required) {
        miss();
      }
    }

    private void miss() {
      if (end()) {
        refuse(
            done,
            new Rejection(
                ProblemKind.UNAVAILABLE,
                "too few members answered; the change may appear later",
                null,
                required + 1,
                agreed.size() + left + 1,
                agreed,
                Outcome.UNKNOWN));
      }
    }

    private boolean end() {
      if (ended) {
        return false;
      }
      ended = true;
      if (courtesy != null) {
        deadlines.clear(courtesy);
      }
      calls.close();
      return true;
    }
  }
}
