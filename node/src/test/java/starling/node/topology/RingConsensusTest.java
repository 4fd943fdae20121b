package starling.node.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static starling.node.topology.Sample.id;
import static starling.node.topology.Sample.joining;
import static starling.node.topology.Sample.member;
import static starling.node.topology.Sample.node;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import starling.node.topology.ProposalOutcome.Kind;
import starling.sim.SplitMix;

/** Single histories of the choice of a record; {@link ConsensusSimulationTest} has the rest. */
class RingConsensusTest {
  private final QuietCluster three = QuietCluster.founded(Sample.founding(1, 2, 3, 1), 4, 5);

  @Test
  void aRecordTakesFourMessagesAMember() {
    QuietCluster five = QuietCluster.founded(Sample.founding(1, 2, 3, 4, 5, 1, 2, 3));
    five.propose(2, member(node(3).withWeight(7)));
    assertThat(five.outcomes.get(id(2)).get(0).kind()).isEqualTo(Kind.CHOSEN);
    for (int other : new int[] {1, 3, 4, 5}) {
      assertThat(five.sentOrReceived.get(id(other))).isEqualTo(4);
    }
    // Gossip tells the voters number and hash, and they need no message to know the record.
    five.gossip();
    assertThat(five.inForce.keySet()).hasSize(5);
    for (int other : new int[] {1, 3, 4, 5}) {
      assertThat(five.sentOrReceived.get(id(other))).isEqualTo(4);
      assertThat(five.inForce.get(id(other)).members().get(id(3)).weight()).isEqualTo(7);
    }
  }

  @Test
  void aMemberThatLacksRecordsIsToldThemAndVotes() {
    three.keeps = (to, message) -> !to.equals(id(3));
    three.propose(1, member(joining(4)));
    three.propose(1, member(joining(5)));
    assertThat(three.member(3).state().number()).isEqualTo(1);
    three.keeps = (to, message) -> !to.equals(id(2));
    three.propose(1, member(node(1).withWeight(9)));
    assertThat(three.outcomes.get(id(1))).hasSize(3);
    assertThat(three.outcomes.get(id(1)).get(2).kind()).isEqualTo(Kind.CHOSEN);
    assertThat(three.member(3).state().number()).isEqualTo(3);
  }

  @Test
  void aProposerThatLacksRecordsIsToldThemAndPlansAgain() {
    three.keeps = (to, message) -> !to.equals(id(3));
    three.propose(1, member(joining(4)));
    three.keeps = (to, message) -> true;
    three.propose(3, member(joining(5)));
    assertThat(three.outcomes.get(id(3)).get(0).kind()).isEqualTo(Kind.SUPERSEDED);
    assertThat(three.member(3).state().members()).containsKey(id(4));
  }

  @Test
  void aProposalThatFindsAVoteCarriesItOn() {
    // The votes for the record of 1 are lost: no node knows whether it was chosen.
    three.keeps = (to, message) -> !(message instanceof ConsensusMessage.Vote);
    three.propose(1, member(joining(4)));
    three.keeps = (to, message) -> !to.equals(id(1));
    three.propose(2, member(joining(5)));
    three.tick(1000);
    three.tick(1000);
    assertThat(three.outcomes.get(id(2)).get(0).kind()).isEqualTo(Kind.SUPERSEDED);
    assertThat(three.member(2).state().members()).containsKey(id(4));
    assertThat(three.member(2).state().members()).doesNotContainKey(id(5));
  }

  @Test
  void aProposerCarriesOnTheVoteOfTheHighestBallot() {
    QuietCluster five = QuietCluster.founded(Sample.founding(1, 2, 3, 4, 5, 1, 2, 3));
    RingConsensus proposer = five.member(1);
    RingState state = proposer.state();
    RingRecord earlier = Sample.next(state, member(node(1).withWeight(1)));
    RingRecord later = Sample.next(state, member(node(1).withWeight(2)));
    proposer.propose(List.of(member(node(1).withWeight(3))), false, 1L << 40, 0);
    Ballot ballot = ((ConsensusMessage.Prepare) sendsOf(proposer).get(0)).ballot();
    Ballot low = new Ballot(1, id(2), 1);
    Ballot high = new Ballot(2, id(3), 1);
    proposer.onMessage(id(2), new ConsensusMessage.Promise(Sample.LINE, 2, ballot, high, later), 0);
    proposer.onMessage(
        id(3), new ConsensusMessage.Promise(Sample.LINE, 2, ballot, low, earlier), 0);
    List<ConsensusMessage> sent = sendsOf(proposer);
    assertThat(sent)
        .isNotEmpty()
        .allMatch(each -> each instanceof ConsensusMessage.Accept m && m.record().equals(later));
  }

  @Test
  void aMinorityChoosesNothingAndSaysWhoAnswered() {
    three.keeps = (to, message) -> to.equals(id(1));
    three.propose(1, member(joining(4)));
    three.tick(11_000);
    ProposalOutcome outcome = three.outcomes.get(id(1)).get(0);
    assertThat(outcome.kind()).isEqualTo(Kind.NO_MAJORITY);
    assertThat(outcome.required()).isEqualTo(2);
    assertThat(outcome.answered()).containsExactly(id(1));
    assertThat(three.member(1).state().number()).isEqualTo(1);
  }

  @Test
  void aProposalWhoseVotesAreLostMayStillBeChosen() {
    three.keeps = (to, message) -> !(message instanceof ConsensusMessage.Vote);
    three.propose(1, member(joining(4)));
    three.tick(11_000);
    assertThat(three.outcomes.get(id(1)).get(0).kind()).isEqualTo(Kind.UNKNOWN);
  }

  @Test
  void promisesAndVotesOfStrangersDoNotCount() {
    RingState state =
        Sample.founded(1, 2, 3, 1)
            .apply(Sample.next(Sample.founded(1, 2, 3, 1), member(joining(4))));
    UUID banned = id(3);
    RingRecord ban = Sample.next(state, new RingChange.Ban(banned));
    List<RingRecord> log = List.of(Sample.founding(1, 2, 3, 1), logRecord(2), ban);
    for (UUID stranger : List.of(banned, id(4), id(9))) {
      QuietCluster alone = new QuietCluster();
      RingConsensus proposer =
          alone.start(id(1), log.stream().map(RingRecord::encode).toList(), VoteMemory.NONE);
      assertThat(proposer.state().voters()).containsExactly(id(1), id(2));
      proposer.propose(List.of(member(node(1).withWeight(3))), false, 1L << 40, 0);
      List<ConsensusMessage> sent = sendsOf(proposer);
      ConsensusMessage.Prepare prepare = (ConsensusMessage.Prepare) sent.get(0);
      proposer.onMessage(
          stranger,
          new ConsensusMessage.Promise(prepare.line(), 4, prepare.ballot(), null, null),
          0);
      assertThat(sendsOf(proposer)).noneMatch(ConsensusMessage.Accept.class::isInstance);
      proposer.onMessage(
          id(2), new ConsensusMessage.Promise(prepare.line(), 4, prepare.ballot(), null, null), 0);
      assertThat(sendsOf(proposer)).anyMatch(ConsensusMessage.Accept.class::isInstance);
      proposer.onMessage(
          stranger, new ConsensusMessage.Vote(prepare.line(), 4, prepare.ballot()), 0);
      assertThat(proposer.state().number()).isEqualTo(3);
      proposer.onMessage(id(2), new ConsensusMessage.Vote(prepare.line(), 4, prepare.ballot()), 0);
      assertThat(proposer.state().number()).isEqualTo(4);
    }
  }

  private static RingRecord logRecord(int number) {
    RingState one = Sample.founded(1, 2, 3, 1);
    assertThat(number).isEqualTo(2);
    return Sample.next(one, member(joining(4)));
  }

  /** Lets the disk write, and returns what the node sends to others. */
  private static List<ConsensusMessage> sendsOf(RingConsensus consensus) {
    List<ConsensusMessage> sent = new ArrayList<>();
    List<ConsensusAction> actions = consensus.drain();
    while (!actions.isEmpty()) {
      for (ConsensusAction action : actions) {
        if (action instanceof ConsensusAction.Send send) {
          sent.add(send.message());
        } else if (action instanceof ConsensusAction.StoreVote store) {
          consensus.stored(store.ticket(), 0);
        } else if (action instanceof ConsensusAction.StoreRecord store) {
          consensus.stored(store.ticket(), 0);
        }
      }
      actions = consensus.drain();
    }
    return sent;
  }

  @Test
  void strangersGetNoPromiseAndNoVote() {
    RingState state = three.member(2).state();
    Ballot ballot = new Ballot(9, id(7), 1);
    three
        .member(2)
        .onMessage(
            id(7), new ConsensusMessage.Prepare(Sample.LINE, 2, state.hash(), ballot), three.now);
    three
        .member(2)
        .onMessage(
            id(7),
            new ConsensusMessage.Accept(
                Sample.LINE, ballot, Sample.next(state, member(joining(4)))),
            three.now);
    assertThat(three.member(2).drain()).isEmpty();
  }

  @Test
  void aPromiseLeavesOnlyWhenItIsDurable() {
    RingConsensus voter = three.member(2);
    ConsensusMessage prepare =
        new ConsensusMessage.Prepare(Sample.LINE, 2, voter.state().hash(), new Ballot(1, id(1), 1));
    voter.onMessage(id(1), prepare, 0);
    List<ConsensusAction> actions = voter.drain();
    assertThat(actions).hasSize(1);
    ConsensusAction.StoreVote store = (ConsensusAction.StoreVote) actions.get(0);
    voter.onMessage(id(1), prepare, 0);
    assertThat(voter.drain()).isEmpty();
    voter.stored(store.ticket(), 0);
    assertThat(voter.drain())
        .hasSize(2)
        .allMatch(
            action ->
                action instanceof ConsensusAction.Send send
                    && send.message() instanceof ConsensusMessage.Promise);
  }

  @Test
  void aVoterVotesForNoRecordWhosePredecessorItLacks() {
    RingState after = Sample.apply(Sample.founded(1, 2, 3, 1), member(joining(4)));
    RingRecord third = Sample.next(after, member(joining(5)));
    RingConsensus voter = three.member(2);
    Ballot ballot = new Ballot(1, id(1), 1);
    voter.onMessage(id(1), new ConsensusMessage.Accept(Sample.LINE, ballot, third), 0);
    assertThat(voter.drain())
        .containsExactly(
            new ConsensusAction.Send(id(1), new ConsensusMessage.Fetch(Sample.LINE, 1)));
  }

  @Test
  void aVoterDeclinesARecordThatIsNoRing() {
    RingConsensus voter = three.member(2);
    RingRecord bad = Sample.next(voter.state(), Sample.layout(1, 2, 2, 1));
    Ballot ballot = new Ballot(1, id(1), 1);
    voter.onMessage(id(1), new ConsensusMessage.Accept(Sample.LINE, ballot, bad), 0);
    List<ConsensusMessage> sent = sendsOf(voter);
    assertThat(sent).hasSize(1);
    assertThat(((ConsensusMessage.Declined) sent.get(0)).reason()).contains("layout 2");
  }

  @Test
  void aProposalThatIsNoRingIsRejectedBeforeItIsSent() {
    assertThatThrownBy(() -> three.propose(1, Sample.layout(1, 2, 2, 1)))
        .isInstanceOf(InvalidRecordException.class);
    assertThat(three.member(1).proposing()).isFalse();
    assertThatThrownBy(() -> three.member(4).propose(List.of(member(joining(4))), false, 1, 0))
        .isInstanceOf(InvalidRecordException.class)
        .hasMessageContaining("is no member and cannot change the ring");
  }

  @Test
  void aProposalWithAnotherPredecessorIsReportedOnce() {
    RingConsensus voter = three.member(2);
    Ballot ballot = new Ballot(1, id(1), 1);
    for (int i = 0; i < 2; i++) {
      voter.onMessage(
          id(1),
          new ConsensusMessage.Prepare(Sample.LINE, 2, RecordHash.of(new byte[3]), ballot),
          0);
    }
    three.settle();
    assertThat(three.alarms).hasSize(1);
    assertThat(three.alarms.get(0)).contains("another record 1 than this node");
  }

  @Test
  void aToldRecordThatDoesNotFollowIsNotUsed() {
    RingState state = three.member(2).state();
    RingRecord wrong =
        new RingRecord(
            Sample.LINE, 2, RecordHash.of(new byte[3]), false, List.of(member(joining(4))));
    three.member(2).onMessage(id(1), new ConsensusMessage.Records(Sample.LINE, List.of(wrong)), 0);
    three.settle();
    assertThat(three.member(2).state()).isSameAs(state);
    assertThat(three.alarms.get(0)).contains("does not follow this node's log");
  }

  @Test
  void aNodeOfAnotherLineIsReportedAndNotHeard() {
    Line other = new Line(2, id(77));
    three
        .member(2)
        .onMessage(
            id(1),
            new ConsensusMessage.Prepare(other, 2, RecordHash.NONE, new Ballot(1, id(1), 1)),
            0);
    three.settle();
    assertThat(three.alarms).containsExactly("line 2 of " + id(1));
    assertThat(three.memories.get(id(2))).isEqualTo(VoteMemory.NONE);
  }

  @Test
  void aNewcomerLearnsTheWholeLogFromAnAnnouncement() {
    three.propose(1, member(joining(4)));
    three.propose(1, member(joining(5)));
    three.gossip();
    three.gossip();
    assertThat(three.member(5).state().number()).isEqualTo(3);
    assertThat(three.member(4).state().hash()).isEqualTo(three.member(1).state().hash());
  }

  @Test
  void oneFetchIsUnderWayHoweverManyAnnounce() {
    RingConsensus newcomer = three.member(5);
    RecordHash hash = RecordHash.of(new byte[] {9});
    for (int peer = 1; peer <= 3; peer++) {
      newcomer.onAnnounced(id(peer), Sample.LINE, 4, hash, 0);
    }
    assertThat(newcomer.drain())
        .containsExactly(
            new ConsensusAction.Send(id(1), new ConsensusMessage.Fetch(Sample.LINE, 0)));
    newcomer.tick(300_000_000);
    assertThat(newcomer.drain())
        .containsExactly(
            new ConsensusAction.Send(id(3), new ConsensusMessage.Fetch(Sample.LINE, 0)));
  }

  @Test
  void aVoterKeepsItsVoteThroughACrash() {
    three.keeps = (to, message) -> !(message instanceof ConsensusMessage.Vote);
    three.propose(1, member(joining(4)));
    VoteMemory kept = VoteMemory.decode(three.memories.get(id(2)).encode());
    assertThat(kept.voted()).isNotNull();
    RingConsensus again = three.start(id(2), three.records.get(id(2)), kept);
    Ballot higher = new Ballot(50, id(3), 1);
    again.onMessage(
        id(3), new ConsensusMessage.Prepare(Sample.LINE, 2, again.state().hash(), higher), 0);
    ConsensusMessage.Promise promise = (ConsensusMessage.Promise) sendsOf(again).get(0);
    assertThat(promise.voted()).isEqualTo(kept.voted());
  }

  @Test
  void aWipedVoterVotesOnlyAboveWhatTheOthersKnowPlusOne() {
    three.propose(1, member(joining(4)));
    three.gossip();
    RingConsensus wiped = three.start(id(3), List.of(), VoteMemory.NONE);
    wiped.forget();
    three.keeps = (to, message) -> !to.equals(id(2));
    three.gossip();
    three.tick(300);
    // One of the two others is no majority of them.
    assertThat(three.memories.get(id(3)).forgot()).isTrue();
    three.keeps = (to, message) -> !(message instanceof ConsensusMessage.Prepare);
    three.tick(300);
    assertThat(three.memories.get(id(3)).forgot()).isFalse();
    assertThat(three.memories.get(id(3)).silentThrough()).isEqualTo(3);
    wiped.onMessage(
        id(1),
        new ConsensusMessage.Prepare(
            Sample.LINE, 3, wiped.state().hash(), new Ballot(90, id(1), 1)),
        three.now);
    three.settle();
    assertThat(three.memories.get(id(3)).promised()).isNull();
  }

  @Test
  void aWipedVoterHasARecordChosenThatEndsItsSilence() {
    RingConsensus wiped = three.start(id(3), List.of(), VoteMemory.NONE);
    wiped.forget();
    three.settle();
    for (int i = 0; i < 5; i++) {
      three.inForce.put(id(1), three.member(1).state());
      three.gossip();
      three.tick(300);
    }
    assertThat(wiped.state().number()).isEqualTo(2);
    assertThat(three.outcomes.get(id(3))).isEmpty();
    // It votes for the next one: 1 is away, and 2 of 3 are a majority.
    three.keeps = (to, message) -> !to.equals(id(1));
    three.propose(2, member(joining(4)));
    three.tick(300);
    assertThat(three.outcomes.get(id(2)).get(0).kind()).isEqualTo(Kind.CHOSEN);
  }

  @Test
  void aWipedVoterWaitsUntilAVoteUnderWayHasEnded() {
    three.keeps = (to, message) -> !(message instanceof ConsensusMessage.Vote);
    three.propose(1, member(joining(4)));
    RingConsensus wiped = three.start(id(3), three.records.get(id(3)), VoteMemory.NONE);
    wiped.forget();
    three.tick(300);
    assertThat(three.memories.get(id(3)).forgot()).isTrue();
    three.keeps = (to, message) -> true;
    three.tick(300);
    three.gossip();
    three.tick(300);
    assertThat(wiped.state().number()).isGreaterThanOrEqualTo(2);
    assertThat(three.memories.get(id(3)).forgot()).isFalse();
    assertThat(three.memories.get(id(3)).silentThrough()).isEqualTo(3);
  }

  @Test
  void aWipedVoterCountsNoAnswerAboutAnotherRecordThanItsLast() {
    three.propose(1, member(joining(4)));
    RingConsensus wiped = three.start(id(3), three.records.get(id(3)), VoteMemory.NONE);
    wiped.forget();
    wiped.tick(three.now);
    ConsensusMessage.Inquiry asked =
        (ConsensusMessage.Inquiry)
            sendsOf(wiped).stream()
                .filter(ConsensusMessage.Inquiry.class::isInstance)
                .findFirst()
                .orElseThrow();
    assertThat(wiped.state().number()).isEqualTo(1);
    for (int other : new int[] {1, 2}) {
      for (long last : new long[] {0, 2}) {
        wiped.onMessage(
            id(other),
            new ConsensusMessage.Statement(Sample.LINE, asked.nonce(), last, VoteMemory.NONE),
            three.now);
      }
    }
    assertThat(wiped.drain())
        .noneMatch(
            action ->
                action instanceof ConsensusAction.StoreVote store && !store.memory().forgot());
  }

  @Test
  void aWipedVoterIsVouchedForByNoVoterThatIsSilentItself() {
    RingConsensus voter = three.start(id(2), three.records.get(id(2)), VoteMemory.NONE);
    voter.forget();
    RingConsensus wiped = three.start(id(3), three.records.get(id(3)), VoteMemory.NONE);
    wiped.forget();
    three.settle();
    for (int i = 0; i < 5; i++) {
      three.tick(300);
    }
    assertThat(three.memories.get(id(2)).forgot()).isTrue();
    assertThat(three.memories.get(id(3)).forgot()).isTrue();
  }

  @Test
  void aWipedVoterOfTwoTakesOverTheVotesOfTheOther() {
    QuietCluster two = QuietCluster.founded(Sample.founding(1, 2));
    two.keeps = (to, message) -> !(message instanceof ConsensusMessage.Vote);
    two.propose(1, member(node(2).withWeight(4)));
    RingRecord voted = two.memories.get(id(1)).voted();
    assertThat(voted).isNotNull();
    RingConsensus wiped = two.start(id(2), two.records.get(id(2)), VoteMemory.NONE);
    wiped.forget();
    two.keeps =
        (to, message) ->
            message instanceof ConsensusMessage.Inquiry
                || message instanceof ConsensusMessage.Statement;
    two.tick(300);
    assertThat(two.memories.get(id(2)).voted()).isEqualTo(voted);
    two.keeps = (to, message) -> true;
    two.tick(300);
    two.gossip();
    assertThat(two.member(2).state().members().get(id(2)).weight()).isEqualTo(4);
  }

  @Test
  void theFounderAloneChoosesTheFirstRecord() {
    QuietCluster cluster = new QuietCluster();
    RingConsensus founder = cluster.start(id(1), List.of(), VoteMemory.NONE);
    founder.found(Sample.founding(1, 1));
    cluster.settle();
    assertThat(cluster.inForce.get(id(1)).voters()).containsExactly(id(1));
    cluster.propose(1, member(joining(2)));
    assertThat(cluster.outcomes.get(id(1)).get(0).kind()).isEqualTo(Kind.CHOSEN);
    assertThatThrownBy(() -> founder.found(Sample.founding(1, 1)))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void theSameInputsGiveTheSameActions() {
    List<List<ConsensusAction>> runs = new ArrayList<>();
    for (int run = 0; run < 2; run++) {
      RingConsensus consensus =
          new RingConsensus(
              ConsensusConfig.DEFAULT,
              id(1),
              7,
              new SplitMix(3),
              RecordLog.restore(Sample.CLUSTER, List.of(Sample.founding(1, 2, 3, 1).encode())),
              VoteMemory.NONE);
      consensus.propose(List.of(member(joining(4))), false, 1L << 40, 0);
      for (int i = 1; i < 20; i++) {
        consensus.tick(i * 100_000_000L);
      }
      runs.add(consensus.drain());
    }
    assertThat(runs.get(0)).isEqualTo(runs.get(1)).isNotEmpty();
  }
}
