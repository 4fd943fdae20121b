package starling.node.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static starling.node.topology.Sample.apply;
import static starling.node.topology.Sample.cancel;
import static starling.node.topology.Sample.copy;
import static starling.node.topology.Sample.flip;
import static starling.node.topology.Sample.founded;
import static starling.node.topology.Sample.id;
import static starling.node.topology.Sample.insisted;
import static starling.node.topology.Sample.joining;
import static starling.node.topology.Sample.layout;
import static starling.node.topology.Sample.member;
import static starling.node.topology.Sample.next;
import static starling.node.topology.Sample.node;
import static starling.node.topology.Sample.settle;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import starling.ring.Phase;
import starling.ring.RingNode;

/** What a record may change, and the ring that follows. Four tokens, n = 3. */
class RingStateTest {
  private static final RingState THREE = founded(1, 2, 3, 1);

  @Test
  void aFoundedRingIsSettledAndItsOwnersVote() {
    assertThat(THREE.number()).isEqualTo(1);
    assertThat(THREE.partitions()).isEqualTo(4);
    assertThat(THREE.list(0, 3)).containsExactly(id(1), id(2), id(3));
    assertThat(THREE.nextList(0, 3)).isNull();
    assertThat(THREE.voters()).containsExactly(id(1), id(2), id(3));
    assertThat(THREE.majority()).isEqualTo(2);
    assertThat(THREE.epoch(2)).isEqualTo(1);
  }

  @Test
  void aRecordFollowsExactlyOneOther() {
    RingRecord good = next(THREE, member(joining(4)));
    assertThat(THREE.apply(good).members()).containsKey(id(4));
    rejects(
        THREE,
        new RingRecord(Sample.LINE, 2, RecordHash.of(new byte[0]), false, good.changes()),
        "follows a record e3b0c44298fc1c14");
    rejects(
        THREE,
        new RingRecord(Sample.LINE, 3, THREE.hash(), false, good.changes()),
        "record 3 after 1");
    rejects(
        THREE,
        new RingRecord(new Line(2, id(5)), 2, THREE.hash(), false, good.changes()),
        "record 2 is of Line");
    rejects(
        RingState.unfounded(Sample.CLUSTER),
        new RingRecord(Sample.LINE, 1, RecordHash.NONE, false, good.changes()),
        "does not found");
    rejects(THREE, next(THREE, new RingChange.Found(4, 3)), "founds the ring again");
  }

  @Test
  void aNewcomerGoesThroughTheStepsOfAMove() {
    RingState copying = apply(THREE, member(joining(4)), layout(1, 2, 4, 1), copy(2, 0, 1, 2));
    assertThat(copying.step(0)).isEqualTo(ListStep.COPYING);
    assertThat(copying.list(0, 3)).containsExactly(id(1), id(2), id(3));
    assertThat(copying.nextList(0, 3)).containsExactly(id(1), id(2), id(4));
    assertThat(copying.moves().get(0).pairings(3)).containsExactly(new Pairing(id(4), id(3), 2));
    assertThat(copying.epoch(0)).isEqualTo(2);
    assertThat(copying.epoch(3)).isEqualTo(1);
    assertThat(copying.voters()).doesNotContain(id(4));

    RingState flipped = apply(copying, flip(0, 1, 2));
    assertThat(flipped.step(0)).isEqualTo(ListStep.FLIPPED);
    assertThat(flipped.voters()).doesNotContain(id(4));

    RingState settled = apply(flipped, settle(0, 1, 2), member(node(4)));
    assertThat(settled.step(0)).isEqualTo(ListStep.SETTLED);
    assertThat(settled.list(0, 3)).containsExactly(id(1), id(2), id(4));
    assertThat(settled.epoch(0)).isEqualTo(4);
    assertThat(settled.voters()).containsExactly(id(1), id(2), id(3), id(4));
    assertThat(settled.layouts()).containsOnlyKeys(1L, 2L);
  }

  @Test
  void partitionsWhoseListsKeepTheirMembersAdoptALayout() {
    RingChange.Adopt all = new RingChange.Adopt(2, PartitionSet.first(4));
    RingState adopted = apply(THREE, layout(1, 2, 3, 2), all);
    assertThat(adopted.layouts()).containsOnlyKeys(2L);
    // The list of 1 is the same in order, and that of 2 is not.
    assertThat(adopted.list(2, 3)).containsExactly(id(3), id(2), id(1));
    assertThat(List.of(adopted.epoch(1), adopted.epoch(2))).containsExactly(1L, 2L);
    RingState joined = apply(THREE, member(joining(4)));
    rejects(
        joined,
        next(joined, layout(1, 2, 4, 1), new RingChange.Adopt(3, PartitionSet.of(3))),
        "partition 3 has other members under layout 3");
  }

  @Test
  void stepsComeInTheirOrderAndOneARecord() {
    RingState copying = apply(THREE, member(joining(4)), layout(1, 2, 4, 1), copy(2, 0, 1, 2));
    rejects(copying, next(copying, settle(0)), "partition 0 is COPYING, not FLIPPED");
    rejects(copying, next(copying, flip(3)), "partition 3 is SETTLED, not COPYING");
    rejects(copying, next(copying, flip(0), settle(0)), "partition 0 changes twice");
    rejects(copying, next(copying, flip(4)), "there is no partition 4");
    RingState flipped = apply(copying, flip(0));
    rejects(flipped, next(flipped, cancel(0)), "partition 0 is FLIPPED, not COPYING");
    rejects(flipped, next(flipped, copy(4, 1)), "unknown layout 4");
    rejects(flipped, next(flipped, layout(4, 2, 3, 1), copy(4, 0)), "cannot be redirected");
    rejects(THREE, next(THREE, layout(3, 2, 1, 3), copy(2, 0)), "partition 0 has the same members");
    RingState cancelled = apply(copying, cancel(0));
    assertThat(cancelled.step(0)).isEqualTo(ListStep.SETTLED);
    assertThat(cancelled.list(0, 3)).containsExactly(id(1), id(2), id(3));
    assertThat(cancelled.epoch(0)).isEqualTo(3);
  }

  @Test
  void pairsStayWhenAMoveIsRedirectedAndNoNewcomerGoes() {
    RingState four = apply(THREE, member(joining(4)), member(joining(5)));
    RingState copying = apply(four, layout(1, 2, 4, 1), copy(3, 0));
    // Both 3 and 2 leave now: 4 still takes the place of 3.
    RingState redirected = apply(copying, layout(1, 5, 4, 1), copy(4, 0));
    assertThat(redirected.nextList(0, 3)).containsExactly(id(1), id(5), id(4));
    assertThat(redirected.moves().get(0).pairings(3))
        .containsExactly(new Pairing(id(4), id(3), 3), new Pairing(id(5), id(2), 4));
    // 5 goes: a write may be counted on it, so 4 walks 3 again.
    RingState back = apply(redirected, layout(1, 2, 4, 1), copy(5, 0));
    assertThat(back.moves().get(0).pairings(3)).containsExactly(new Pairing(id(4), id(3), 5));
  }

  @Test
  void aBannedIdNeverReturns() {
    RingState copying = apply(THREE, member(joining(4)), layout(1, 2, 4, 1), copy(2, 0));
    RingState banned = apply(copying, new RingChange.Ban(id(4)));
    assertThat(banned.bans()).containsExactly(id(4));
    rejects(banned, next(banned, member(joining(4))), "is banned for good");
    rejects(banned, next(banned, new RingChange.Ban(id(4))), "is banned already");
    rejects(banned, next(banned, layout(1, 2, 4, 1)), "no member that may own it");
    rejects(banned, next(banned, flip(0)), "its newcomer");
    rejects(banned, next(banned, copy(2, 1)), "would go to the banned");
    RingState voterBanned = apply(THREE, new RingChange.Ban(id(3)));
    assertThat(voterBanned.voters()).containsExactly(id(1), id(2));
    assertThat(voterBanned.list(0, 3)).contains(id(3));
  }

  @Test
  void aRingWithoutDistinctNodesNeedsAnOperator() {
    rejects(THREE, next(THREE, layout(1, 2, 2, 1)), "layout 2");
    RingRecord insisted = insisted(THREE, layout(1, 2, 2, 1));
    assertThat(THREE.apply(insisted).layouts()).containsKey(2L);
    RingState leaving = apply(THREE, member(node(3).withPhase(Phase.LEAVING)));
    rejects(leaving, next(leaving, layout(1, 2, 2, 1)), "have 2 nodes, the present ones 3");
    rejects(THREE, next(THREE, layout(1, 2, 3, 9)), "no member that may own it");
    rejects(leaving, next(leaving, layout(1, 2, 3, 1)), "no member that may own it");
  }

  @Test
  void everyTokenHasOneOwner() {
    rejects(THREE, next(THREE, layout(1, 2, 3)), "token 3");
    rejects(THREE, next(THREE, layout(1, 2, 3, 1, 2)), "there is no token 4");
    TreeSet<UUID> none = new TreeSet<>();
    assertThat(none).isEmpty();
    var tokens = new java.util.TreeMap<UUID, PartitionSet>(RingNode.ID_ORDER);
    tokens.put(id(1), PartitionSet.of(0));
    tokens.put(id(2), PartitionSet.of(0));
    rejects(THREE, next(THREE, new RingChange.AddLayout(1, tokens)), "token 0 has two owners");
    tokens.remove(id(2));
    tokens.put(id(1), PartitionSet.of(1));
    RingState based = THREE.apply(insisted(THREE, new RingChange.AddLayout(1, tokens)));
    assertThat(based.layouts().get(2L).ownerIds()).isEqualTo(List.of(id(1), id(1), id(3), id(1)));
    rejects(THREE, next(THREE, new RingChange.AddLayout(7, tokens)), "unknown layout 7");
    rejects(THREE, next(THREE, layout(1, 2, 3, 1), layout(1, 2, 3, 1)), "adds two layouts");
  }

  @Test
  void aMemberLeavesOnceItIsInNoList() {
    RingState four = founded(1, 2, 3, 4);
    RingState leaving =
        apply(four, member(node(4).withPhase(Phase.LEAVING)), layout(1, 2, 3, 1), copy(2, 1, 2, 3));
    RingNode left = node(4).withPhase(Phase.LEFT);
    rejects(leaving, next(leaving, member(left)), "cannot leave: it stores partition 1");
    rejects(four, next(four, member(left)), "cannot become left: it is normal");
    RingState flipped = apply(leaving, flip(1, 2, 3));
    RingState gone = apply(flipped, settle(1, 2, 3), member(left));
    assertThat(gone.members()).doesNotContainKey(id(4));
    assertThat(gone.voters()).containsExactly(id(1), id(2), id(3));
    assertThat(apply(gone, member(joining(4))).members()).containsKey(id(4));
  }

  @Test
  void aMemberJoinsBeforeItIsNormal() {
    rejects(THREE, next(THREE, member(node(4))), "cannot become normal: it is no member");
    rejects(THREE, next(THREE, member(node(3).withPhase(Phase.JOINING))), "cannot become joining");
  }

  @Test
  void aFlipNeedsAMajorityOfTheOldListUnlessLossIsAccepted() {
    RingState five = founded(1, 2, 3, 1);
    RingState two =
        apply(
            five,
            member(joining(4)),
            member(joining(5)),
            new RingChange.Ban(id(2)),
            new RingChange.Ban(id(3)));
    RingState copying = apply(two, layout(1, 4, 5, 1), copy(3, 0));
    rejects(copying, next(copying, flip(0)), "less than a majority of its old list is left");
    RingState flipped = apply(copying, new RingChange.Flip(PartitionSet.of(0), true));
    assertThat(flipped.step(0)).isEqualTo(ListStep.FLIPPED);
  }

  @Test
  void aSettlingPassesOverAMinorityOfTheOldList() {
    RingState copying = apply(THREE, member(joining(4)), layout(1, 2, 4, 1), copy(2, 0));
    RingState flipped = apply(copying, flip(0));
    TreeSet<UUID> two = new TreeSet<>(RingNode.ID_ORDER);
    two.addAll(Set.of(id(2), id(3)));
    rejects(
        flipped,
        next(flipped, new RingChange.Settle(PartitionSet.of(0), two)),
        "passes over too many: 1 of 3");
    TreeSet<UUID> one = new TreeSet<>(Set.of(id(3)));
    RingState settled = apply(flipped, new RingChange.Settle(PartitionSet.of(0), one));
    assertThat(settled.step(0)).isEqualTo(ListStep.SETTLED);
  }

  @Test
  void zonesCountFromTheNextLayoutOn() {
    RingState moved = apply(THREE, member(node(3).withZone("b")));
    assertThat(moved.list(0, 3)).isEqualTo(THREE.list(0, 3));
    assertThat(moved.epoch(0)).isEqualTo(1);
    assertThat(moved.members().get(id(3)).zone()).isEqualTo("b");
  }

  @Test
  void aBucketsReplicasAreInItsEpoch() {
    RingState five = apply(THREE, new RingChange.SetBucket("b", 2, 0));
    assertThat(five.replicas("b")).isEqualTo(2);
    assertThat(five.replicas("c")).isEqualTo(3);
    assertThat(five.replicaCounts()).containsExactly(2, 3);
    assertThat(five.epoch(0, "b")).isEqualTo(2);
    assertThat(five.epoch(0, "c")).isEqualTo(1);
    rejects(five, next(five, new RingChange.SetBucket("b", 3, 1)), "n of bucket b is 2");
    rejects(five, next(five, new RingChange.SetBucket("b", 2, 0)), "has generation 0 already");
    RingState truncated = apply(five, new RingChange.SetBucket("b", 2, 1));
    assertThat(truncated.epoch(3, "b")).isEqualTo(3);
  }

  @Test
  void aRingKeepsAVoter() {
    RingState one = founded(1, 1);
    rejects(one, next(one, new RingChange.Ban(id(1))), "leaves no voter");
  }

  @Test
  void aRejectedRecordLeavesTheLogAsItWas() {
    RecordLog log = new RecordLog(Sample.CLUSTER);
    log.append(Sample.founding(1, 2, 3, 1));
    RingRecord bad = next(log.state(), flip(0));
    assertThatThrownBy(() -> log.append(bad)).isInstanceOf(InvalidRecordException.class);
    assertThat(log.last()).isEqualTo(1);
    log.append(next(log.state(), member(joining(4))));
    assertThat(log.after(0, 1)).containsExactly(log.record(1));
    assertThat(log.after(0, 1 << 20)).containsExactly(log.record(1), log.record(2));
    RecordLog again =
        RecordLog.restore(Sample.CLUSTER, List.of(log.record(1).encode(), log.record(2).encode()));
    assertThat(again.state().hash()).isEqualTo(log.state().hash());
  }

  private static void rejects(RingState state, RingRecord record, String reason) {
    assertThatThrownBy(() -> state.apply(record))
        .isInstanceOf(InvalidRecordException.class)
        .hasMessageContaining(reason);
  }
}
