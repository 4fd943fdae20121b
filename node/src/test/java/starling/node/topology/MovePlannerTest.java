package starling.node.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static starling.node.topology.Sample.id;
import static starling.node.topology.Sample.node;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import starling.ring.Phase;
import starling.ring.RingNode;
import starling.ring.TokenAllocation;

/** Plans of changes, and the records that carry them out. n = 3. */
class MovePlannerTest {
  /** Nodes whose newcomers are complete at once, and that all enter at once. */
  private static class Quick implements MoveFacts {
    final Set<UUID> dead = new HashSet<>();
    final Set<UUID> passable = new HashSet<>();
    final Set<UUID> late = new HashSet<>();
    boolean acceptsLoss;

    @Override
    public boolean complete(int partition, UUID newcomer) {
      return !dead.contains(newcomer) && !late.contains(newcomer);
    }

    @Override
    public boolean entered(int partition, UUID member) {
      return !dead.contains(member) && !passable.contains(member);
    }

    @Override
    public Set<UUID> dead() {
      return dead;
    }

    @Override
    public Set<UUID> passable() {
      return passable;
    }

    @Override
    public boolean handedOver(UUID member) {
      return true;
    }

    @Override
    public boolean acceptsLoss() {
      return acceptsLoss;
    }
  }

  private final Quick facts = new Quick();

  /** A ring whose tokens were dealt out to the first so many nodes. */
  private static RingState founded(int partitions, int nodes) {
    List<RingNode> members = IntStream.rangeClosed(1, nodes).mapToObj(Sample::node).toList();
    List<UUID> owners = TokenAllocation.found(partitions, members, 3);
    java.util.SortedMap<UUID, PartitionSet> tokens = new java.util.TreeMap<>(RingNode.ID_ORDER);
    for (RingNode member : members) {
      tokens.put(
          member.id(),
          PartitionSet.of(
              IntStream.range(0, partitions).filter(t -> owners.get(t).equals(member.id()))));
    }
    List<RingChange> changes = new ArrayList<>();
    changes.add(new RingChange.Found(partitions, 3));
    members.forEach(member -> changes.add(new RingChange.StateMember(member)));
    changes.add(new RingChange.AddLayout(0, tokens));
    return RingState.unfounded(Sample.CLUSTER)
        .apply(new RingRecord(Sample.LINE, 1, RecordHash.NONE, false, changes));
  }

  private static RingState begin(RingState state, MemberChange... changes) {
    ChangePlan plan = ChangePlan.of(state, List.of(changes), false);
    return state.apply(Sample.next(state, plan.changes().toArray(RingChange[]::new)));
  }

  /** All records until nothing is left to do, each checked. */
  private List<RingState> carryOut(RingState begun) {
    List<RingState> states = new ArrayList<>(List.of(begun));
    RingState state = begun;
    while (true) {
      List<RingChange> next = MovePlanner.next(state, facts);
      if (next.isEmpty()) {
        return states;
      }
      RingRecord record = Sample.next(state, next.toArray(RingChange[]::new));
      assertThat(RingRecord.decode(record.encode())).isEqualTo(record);
      for (RingChange change : next) {
        assertThat(lists(change)).isLessThanOrEqualTo(MovePlanner.maxLists(state.partitions()));
      }
      state = state.apply(record);
      states.add(state);
      assertThat(states).hasSizeLessThan(200);
    }
  }

  private static int lists(RingChange change) {
    if (change instanceof RingChange.Copy copy) {
      return copy.partitions().size();
    }
    if (change instanceof RingChange.Flip flip) {
      return flip.partitions().size();
    }
    return change instanceof RingChange.Settle settle ? settle.partitions().size() : 0;
  }

  private static void requireSettled(RingState state, int owners) {
    assertThat(state.moves()).isEmpty();
    assertThat(state.layouts()).hasSize(1);
    for (int partition = 0; partition < state.partitions(); partition++) {
      assertThat(new HashSet<>(state.list(partition, 3))).hasSize(Math.min(3, owners));
    }
  }

  @Test
  void aJoinIntoFiveNodesTakesEighteenRecords() {
    RingState five = founded(1024, 5);
    ChangePlan plan = ChangePlan.of(five, List.of(new MemberChange.Join(node(6))), false);
    assertThat(plan.loadAfter()).isGreaterThanOrEqualTo(0.97);
    double ideal = 1024 * 3 / 6.0;
    assertThat(plan.moved()).isLessThanOrEqualTo((int) (1.1 * ideal));
    List<RingState> states = carryOut(begin(five, new MemberChange.Join(node(6))));
    // Two more than batches of 32 lists; the plan itself is a record before them.
    assertThat(states.size() - 1).isEqualTo((plan.lists() + 31) / 32 + 2);
    assertThat(states.size() - 1).isBetween(17, 20);
    RingState last = states.get(states.size() - 1);
    requireSettled(last, 6);
    for (RingState each : states) {
      Phase phase = each == last ? Phase.NORMAL : Phase.JOINING;
      assertThat(each.members().get(id(6)).phase()).isEqualTo(phase);
    }
    assertThat(last.voters()).hasSize(6);
  }

  @Test
  void aJoinIntoAThousandNodesTakesFourRecords() {
    RingState thousand = founded(32_768, 1000);
    RingState begun = begin(thousand, new MemberChange.Join(node(1001)));
    List<RingState> states = carryOut(begun);
    assertThat(states.size()).isBetween(3, 4);
    requireSettled(states.get(states.size() - 1), 1001);
  }

  @Test
  void aListFlipsWhenAllItsNewcomersAreComplete() {
    facts.late.add(id(5));
    RingState begun =
        begin(
            founded(64, 3),
            new MemberChange.Replace(id(1), node(4)),
            new MemberChange.Replace(id(2), node(5)));
    facts.acceptsLoss = true;
    RingState copying = last(carryOut(begun));
    assertThat(copying.moves()).hasSize(32);
    assertThat(copying.moves().values()).allMatch(move -> move.step() == ListStep.COPYING);
    facts.late.clear();
    facts.acceptsLoss = false;
    // Two of three members of each list are banned: one is less than a majority.
    assertThat(MovePlanner.next(copying, facts)).isEmpty();
    facts.acceptsLoss = true;
    requireSettled(last(carryOut(copying)), 3);
  }

  @Test
  void aSecondPlanRedirectsWhatStillCopies() {
    facts.late.add(id(6));
    RingState copying = carryOut(begin(founded(1024, 5), new MemberChange.Join(node(6)))).get(1);
    assertThat(copying.moves()).hasSize(32);
    RingState both = begin(copying, new MemberChange.Join(node(7)));
    RingState redirected = both.apply(next(both));
    assertThat(redirected.moves().values()).isNotEmpty();
    long target = redirected.layouts().lastKey();
    redirected.moves().values().forEach(move -> assertThat(move.layout()).isEqualTo(target));
    facts.late.clear();
    List<RingState> states = carryOut(redirected);
    RingState last = states.get(states.size() - 1);
    requireSettled(last, 7);
    assertThat(last.members().values()).allMatch(each -> each.phase() == Phase.NORMAL);
  }

  private RingRecord next(RingState state) {
    return Sample.next(state, MovePlanner.next(state, facts).toArray(RingChange[]::new));
  }

  @Test
  void aLeaveEndsWithTheMemberInNoList() {
    RingState begun = begin(founded(1024, 5), new MemberChange.Leave(id(2)));
    List<RingState> states = carryOut(begun);
    RingState last = states.get(states.size() - 1);
    requireSettled(last, 4);
    assertThat(last.members()).doesNotContainKey(id(2));
    assertThat(last.voters()).doesNotContain(id(2));
    // One of five goes: the four others gain its pairs and hardly more.
    int moved =
        ChangePlan.of(founded(1024, 5), List.of(new MemberChange.Leave(id(2))), false).moved();
    assertThat(moved).isLessThanOrEqualTo((int) (1.1 * 1024 * 3 / 5));
  }

  @Test
  void threeBecomeFiveBecomeFour() {
    RingState five =
        last(
            carryOut(
                begin(
                    founded(1024, 3),
                    new MemberChange.Join(node(4)),
                    new MemberChange.Join(node(5)))));
    requireSettled(five, 5);
    ChangePlan leave = ChangePlan.of(five, List.of(new MemberChange.Leave(id(1))), false);
    assertThat(leave.loadBefore()).isGreaterThanOrEqualTo(0.97);
    assertThat(leave.loadAfter()).isGreaterThanOrEqualTo(0.97);
    requireSettled(last(carryOut(begin(five, new MemberChange.Leave(id(1))))), 4);
  }

  @Test
  void oneGrowsToThree() {
    RingState one = founded(64, 1);
    RingState three =
        last(carryOut(begin(one, new MemberChange.Join(node(2)), new MemberChange.Join(node(3)))));
    requireSettled(three, 3);
    assertThat(three.voters()).hasSize(3);
  }

  private static RingState last(List<RingState> states) {
    return states.get(states.size() - 1);
  }

  @Test
  void aReplacedMembersTokensGoToItsSuccessor() {
    RingState five = founded(1024, 5);
    RingState begun = begin(five, new MemberChange.Replace(id(2), node(6)));
    assertThat(begun.bans()).containsExactly(id(2));
    RingState settled = last(carryOut(begun));
    requireSettled(settled, 5);
    for (int partition = 0; partition < 1024; partition++) {
      List<UUID> expected = new ArrayList<>(five.list(partition, 3));
      expected.replaceAll(each -> each.equals(id(2)) ? id(6) : each);
      assertThat(settled.list(partition, 3)).isEqualTo(expected);
    }
  }

  @Test
  void movesToADeadNewcomerAreCancelledAndNotBegunAgain() {
    facts.late.add(id(6));
    RingState copying = carryOut(begin(founded(1024, 5), new MemberChange.Join(node(6)))).get(1);
    facts.dead.add(id(6));
    List<RingChange> next = MovePlanner.next(copying, facts);
    assertThat(next).hasSize(1);
    assertThat(next.get(0))
        .isInstanceOfSatisfying(
            RingChange.Cancel.class, each -> assertThat(each.partitions().size()).isEqualTo(32));
    RingState cancelled = copying.apply(next(copying));
    assertThat(cancelled.moves()).isEmpty();
    assertThat(MovePlanner.next(cancelled, facts)).isEmpty();
    facts.dead.clear();
    facts.late.clear();
    requireSettled(last(carryOut(cancelled)), 6);
  }

  @Test
  void aMemberThatIsDownHoldsUpSettlingUntilItMayBePassedOver() {
    Quick waiting =
        new Quick() {
          @Override
          public boolean entered(int partition, UUID member) {
            return !member.equals(id(1));
          }
        };
    RingState state = begin(founded(16, 4), new MemberChange.Join(node(5)));
    for (int i = 0; i < 5; i++) {
      List<RingChange> next = MovePlanner.next(state, waiting);
      if (!next.isEmpty()) {
        state = state.apply(Sample.next(state, next.toArray(RingChange[]::new)));
      }
    }
    RingState stuck = state;
    assertThat(stuck.moves()).isNotEmpty();
    stuck
        .moves()
        .keySet()
        .forEach(partition -> assertThat(stuck.list(partition, 3)).contains(id(1)));
    assertThat(MovePlanner.next(stuck, waiting)).isEmpty();
    waiting.passable.add(id(1));
    List<RingChange> next = MovePlanner.next(stuck, waiting);
    assertThat(next)
        .anySatisfy(
            each ->
                assertThat(each)
                    .isInstanceOfSatisfying(
                        RingChange.Settle.class,
                        settle -> assertThat(settle.passedOver()).containsExactly(id(1))));
    assertThat(stuck.apply(Sample.next(stuck, next.toArray(RingChange[]::new))).moves()).isEmpty();
  }

  @Test
  void aPlanThatCannotBeCarriedOutSaysWhy() {
    RingState three = founded(64, 3);
    rejects(three, "no member", new MemberChange.Leave(id(9)));
    rejects(
        three,
        "two changes of one plan",
        new MemberChange.Leave(id(1)),
        new MemberChange.Set(id(1), "a", 5));
    rejects(three, "have 2 nodes, the present ones 3", new MemberChange.Leave(id(1)));
    rejects(three, "owns tokens already", new MemberChange.Join(node(1)));
    rejects(three, "owns data", new MemberChange.Replace(id(1), node(2)));
    rejects(three, "0 changes in one plan");
    RingState banned = begin(founded(64, 4), new MemberChange.Remove(id(4)));
    rejects(banned, "banned for good", new MemberChange.Join(node(4)));
    assertThat(ChangePlan.of(three, List.of(new MemberChange.Leave(id(1))), true).changes())
        .isNotEmpty();
  }

  private static void rejects(RingState state, String reason, MemberChange... changes) {
    assertThatThrownBy(() -> ChangePlan.of(state, List.of(changes), false))
        .isInstanceOf(InvalidRecordException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void whatAnyMemberPlansIsTheSame() {
    RingState begun = begin(founded(1024, 5), new MemberChange.Join(node(6)));
    assertThat(MovePlanner.next(begun, facts)).isEqualTo(MovePlanner.next(begun, facts));
    assertThat(
            Stream.of(0, 1).map(i -> begin(founded(256, 5), new MemberChange.Leave(id(3))).hash()))
        .hasSize(2)
        .allMatch(begin(founded(256, 5), new MemberChange.Leave(id(3))).hash()::equals);
  }
}
