package starling.node.reconfig;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.gossip.Member;
import starling.node.cluster.ClusterView;
import starling.node.cluster.Membership;
import starling.node.cluster.MetadataType;
import starling.node.peer.CallFailure;
import starling.node.peer.CallGroup;
import starling.node.peer.DeadlineWheel;
import starling.node.peer.PeerClient;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.Done;
import starling.node.peer.message.HoldStill;
import starling.ring.Phase;
import starling.ring.Ring;
import starling.ring.RingCheck;
import starling.ring.RingFacts;
import starling.ring.RingNode;
import starling.ring.TokenAllocation;

/**
 * Adds new members to a ring without data, so that no data moves. Only the founder does this, so
 * that no two nodes give out the same tokens.
 *
 * <p>A write under the old ring and a member that begins empty under the new one would break the
 * intersection of quorums. So before the ring changes, every member of the old one is fenced: it
 * confirms, durably, that it holds no data and will serve no request until a later ring is in
 * force. If one cannot be fenced, a ring of the next version with the same owners releases the
 * others.
 *
 * <p>A ring that holds data is left as it is.
 */
public final class Enrolment {
  private static final Logger log = LoggerFactory.getLogger(Enrolment.class);

  private static final int PROMISE_MILLIS = 2_000;
  private static final long PAUSE_NANOS = 2_000_000_000L;

  private final ClusterView cluster;
  private final Membership membership;
  private final ReconfigurationFence fence;
  private final PeerClient peers;
  private final DeadlineWheel deadlines;
  private boolean begun;
  private boolean asking;
  private boolean sealed;
  private long quietUntil = Long.MIN_VALUE;

  public Enrolment(
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

  /** Looks for members that wait to be added. */
  public void tick(long nowNanos) {
    if (asking || nowNanos < quietUntil || !membership.founder() || cluster.notServing() != null) {
      return;
    }
    if (!begun) {
      begun = true;
      if (cluster.ring().nodes().size() > 1) {
        // The last process may have ended in the middle of a round: releases fenced members.
        release();
        return;
      }
    }
    List<Member> waiting = waiting();
    if (waiting.isEmpty()) {
      return;
    }
    if (sealed || fence.holdsData()) {
      if (!sealed) {
        sealed = true;
        log.warn(
            "the ring holds data: {} new members wait, moving data to them is not built yet",
            waiting.size());
      }
      return;
    }
    List<UUID> others = cluster.otherNodes();
    for (UUID other : others) {
      if (!cluster.mayAnswer(other)) {
        return;
      }
    }
    new Round(others, nowNanos).begin();
  }

  /** Durable first, then spread: a ring that only this node knew must not be lost with it. */
  private void publish(RingFacts facts) {
    membership.publishDurably(MetadataType.RING.name(), facts.encode());
  }

  /** The same owners under the next version: releases the members fenced for this one. */
  private void release() {
    RingNode me = null;
    for (RingNode node : cluster.ring().nodes()) {
      if (node.id().equals(cluster.self())) {
        me = node;
      }
    }
    if (me != null) {
      publish(cluster.ringFacts().withNode(me));
    }
  }

  private List<Member> waiting() {
    Ring ring = cluster.ring();
    List<Member> waiting = new ArrayList<>();
    for (Member member : membership.alive()) {
      if (!ring.contains(member.id()) && !cluster.ringFacts().bans().contains(member.id())) {
        waiting.add(member);
      }
    }
    return waiting;
  }

  private final class Round {
    private final List<UUID> others;
    private final long begunNanos;
    private final long version = cluster.ring().version();
    private final CallGroup calls = new CallGroup(peers, cluster, deadlines);
    private int missing;
    private boolean ended;

    Round(List<UUID> others, long begunNanos) {
      this.others = others;
      this.begunNanos = begunNanos;
      this.missing = others.size();
      calls.timeout(PROMISE_MILLIS, () -> fail("no answer in time"));
    }

    void begin() {
      asking = true;
      cluster.holdStill(version);
      for (UUID other : others) {
        boolean sent =
            calls.ask(
                other,
                call -> new HoldStill(call, PROMISE_MILLIS, 0, version),
                Done.class,
                done -> promised(),
                this::notPromised);
        if (!sent) {
          fail("not reachable");
          return;
        }
      }
      if (missing == 0) {
        takeIn();
      }
    }

    private void notPromised(CallFailure failure) {
      if (failure instanceof CallFailure.Declined declined) {
        sealed |= declined.reason() == DeclineReason.HOLDS_DATA;
        fail(declined.detail());
      } else {
        fail("the connection broke");
      }
    }

    private void promised() {
      if (!ended && --missing == 0) {
        takeIn();
      }
    }

    private void takeIn() {
      end();
      if (fence.holdsData()) {
        sealed = true;
        release();
        return;
      }
      RingFacts facts = cluster.ringFacts();
      for (Member member : waiting()) {
        facts =
            facts.withNode(new RingNode(member.id(), Phase.NORMAL, member.zone(), member.weight()));
      }
      List<RingNode> nodes = facts.ring().nodes();
      RingFacts next =
          facts.withPartitions(
              TokenAllocation.allocate(facts.ring(), nodes, cluster.placementReplicas()));
      Optional<String> refusal =
          RingCheck.refusal(next.ring(), Math.min(cluster.placementReplicas(), nodes.size()));
      if (refusal.isPresent()) {
        log.error("the new ring did not pass the check and is not used: {}", refusal.get());
        release();
        return;
      }
      publish(next);
    }

    private void fail(String why) {
      if (!ended) {
        end();
        quietUntil = begunNanos + PAUSE_NANOS;
        log.info("new members must wait: a member could not be fenced: {}", why);
        release();
      }
    }

    private void end() {
      ended = true;
      asking = false;
      calls.close();
    }
  }
}
