package starling.node.quorum;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import starling.node.quorum.ReadCoordination.Ask;
import starling.node.quorum.ReadCoordination.AskAllOthers;
import starling.node.quorum.ReadCoordination.AskFallbackOf;
import starling.node.quorum.ReadCoordination.Progress;
import starling.node.quorum.ReadCoordination.Wanted;
import starling.node.request.BucketProperties.Conflict;
import starling.node.version.Actor;
import starling.node.version.Content;
import starling.node.version.Dot;
import starling.node.version.IdempotencyRecord;
import starling.node.version.Past;
import starling.node.version.Siblings;
import starling.node.version.Version;

class ReadCoordinationTest {
  private static final Siblings OLD = written("old", 1, 10);
  private static final Siblings OTHER = written("other", 2, 20);
  private static final Siblings NEWER = OLD.write(OLD.past(), version("newer", 3, 30));

  private static Version version(String text, int actor, long counter) {
    return new Version(new Dot(new Actor(0, actor), counter), Content.json(text.getBytes(UTF_8)));
  }

  private static Siblings written(String text, int actor, long counter) {
    return Siblings.EMPTY.write(Past.EMPTY, version(text, actor, counter));
  }

  private static ReadCoordination reading(int required) {
    return new ReadCoordination(3, required, 0, null, false, Conflict.SIBLINGS);
  }

  @Test
  void oneIsAskedForTheWholeSetAndTheOthersForDigests() {
    assertThat(reading(2).begin())
        .containsExactly(new Ask(0, Wanted.WHOLE), new Ask(1, Wanted.DIGEST));
  }

  @Test
  void equalDigestsAnswerWithOneSet() {
    ReadCoordination read = reading(2);
    read.begin();
    assertThat(read.onDigest(1, NEWER.hash(), true)).isEmpty();
    assertThat(read.progress()).isEqualTo(Progress.WAITING);
    assertThat(read.onSet(0, NEWER, true)).isEmpty();
    assertThat(read.progress()).isEqualTo(Progress.ENOUGH);
    assertThat(read.outcome()).isSameAs(NEWER);
    assertThat(read.repairs(NEWER)).isEmpty();
  }

  /** The lower twin gave way to the higher one by the bucket's rule; no later write replaced it. */
  @Test
  void whereTheLastWriterWinsTheHigherOfTwoEventsOfOneRequestStays() {
    Siblings first = OLD.withMark(new IdempotencyRecord(1, 2, new Dot(new Actor(0, 1), 10), 3, 0));
    Siblings second =
        OTHER.withMark(new IdempotencyRecord(1, 2, new Dot(new Actor(0, 2), 20), 3, 0));
    Siblings stored = first.joinLatest(second);
    ReadCoordination read = new ReadCoordination(3, 2, 0, null, false, Conflict.LWW);
    read.begin();
    read.onSet(0, stored, true);
    read.onDigest(1, stored.hash(), true);
    assertThat(read.outcome()).isEqualTo(stored);
    assertThat(read.outcome().values()).hasSize(1);
    assertThat(read.repairs(read.outcome())).isEmpty();
  }

  @Test
  void aDifferentDigestIsFetchedAndJoined() {
    ReadCoordination read = reading(2);
    read.begin();
    read.onSet(0, OLD, true);
    assertThat(read.onDigest(1, OTHER.hash(), true)).containsExactly(new Ask(1, Wanted.WHOLE));
    assertThat(read.progress()).isEqualTo(Progress.WAITING);
    read.onSet(1, OTHER, true);
    assertThat(read.progress()).isEqualTo(Progress.ENOUGH);
    assertThat(read.outcome().values()).hasSize(2);
  }

  @Test
  void whoIsBehindIsRepairedAndWhoIsNotIsLeftAlone() {
    ReadCoordination read = reading(2);
    read.begin();
    read.onSet(0, OLD, true);
    read.onDigest(1, NEWER.hash(), true);
    read.onSet(1, NEWER, true);
    assertThat(read.outcome().hash()).isEqualTo(NEWER.hash());
    assertThat(read.repairs(read.outcome())).containsExactly(0);
  }

  @Test
  void anotherIsAskedForOneThatIsGone() {
    ReadCoordination read = reading(2);
    read.begin();
    assertThat(read.onGone(1)).containsExactly(new Ask(2, Wanted.DIGEST));
    read.onSet(0, NEWER, true);
    read.onDigest(2, NEWER.hash(), true);
    assertThat(read.progress()).isEqualTo(Progress.ENOUGH);
  }

  @Test
  void theWholeSetIsAskedOfAnotherWhenItsReplicaIsGone() {
    ReadCoordination read = reading(2);
    read.begin();
    read.onDigest(1, NEWER.hash(), true);
    assertThat(read.onGone(0)).containsExactly(new Ask(1, Wanted.WHOLE), new Ask(2, Wanted.DIGEST));
  }

  @Test
  void tooFewLeftIsHopeless() {
    ReadCoordination read = reading(2);
    read.begin();
    read.onGone(1);
    read.onSet(0, NEWER, true);
    read.onGone(2);
    assertThat(read.progress()).isEqualTo(Progress.HOPELESS);
    assertThat(read.answered()).isEqualTo(1);
  }

  @Test
  void aReplicaCountsOnceHoweverOftenItAnswers() {
    ReadCoordination read = reading(2);
    read.begin();
    read.onSet(0, NEWER, true);
    read.onSet(0, NEWER, true);
    assertThat(read.progress()).isEqualTo(Progress.WAITING);
  }

  @Test
  void anIncompleteReplicaAddsWhatItHasAndCountsToNoQuorum() {
    ReadCoordination read = reading(2);
    read.begin();
    assertThat(read.onSet(0, OTHER, false)).containsExactly(new Ask(2, Wanted.DIGEST));
    assertThat(read.progress()).isEqualTo(Progress.WAITING);
    assertThat(read.onDigest(1, OLD.hash(), true)).containsExactly(new Ask(1, Wanted.WHOLE));
    read.onSet(1, OLD, true);
    read.onDigest(2, OLD.hash(), true);
    assertThat(read.progress()).isEqualTo(Progress.ENOUGH);
    assertThat(read.outcome().values()).hasSize(2);
  }

  @Test
  void anIncompleteAndAnEmptyReplicaWaitForACompleteOne() {
    ReadCoordination read = reading(2);
    read.begin();
    read.onSet(0, Siblings.EMPTY, false);
    read.onSet(1, Siblings.EMPTY, true);
    assertThat(read.progress()).isEqualTo(Progress.WAITING);
    read.onGone(2);
    assertThat(read.progress()).isEqualTo(Progress.HOPELESS);
  }

  @Test
  void aReadThatMustCoverAPastAsksOn() {
    ReadCoordination read = new ReadCoordination(3, 2, 0, NEWER.past(), false, Conflict.SIBLINGS);
    read.begin();
    read.onSet(0, OLD, true);
    assertThat(read.onDigest(1, OLD.hash(), true)).containsExactly(new Ask(2, Wanted.DIGEST));
    assertThat(read.progress()).isEqualTo(Progress.WAITING);
    read.onDigest(2, NEWER.hash(), true);
    read.onSet(2, NEWER, true);
    assertThat(read.progress()).isEqualTo(Progress.ENOUGH);
  }

  @Test
  void aReadThatCannotCoverAPastSaysThatItIsBehind() {
    ReadCoordination read = new ReadCoordination(3, 2, 0, NEWER.past(), false, Conflict.SIBLINGS);
    read.begin();
    read.onSet(0, OLD, true);
    read.onDigest(1, OLD.hash(), true);
    read.onGone(2);
    assertThat(read.further()).containsExactly(new AskAllOthers());
    read.othersAsked(true);
    assertThat(read.progress()).isEqualTo(Progress.BEHIND);
  }

  @Test
  void aPastMayBeInAHintAlone() {
    ReadCoordination read = new ReadCoordination(3, 2, 0, NEWER.past(), false, Conflict.SIBLINGS);
    read.begin();
    read.onSet(0, OLD, true);
    read.onDigest(1, OLD.hash(), true);
    read.onDigest(2, OLD.hash(), true);
    assertThat(read.further()).containsExactly(new AskAllOthers());
    assertThat(read.alsoAsk()).isEqualTo(new Ask(3, Wanted.WHOLE));
    read.othersAsked(true);
    assertThat(read.progress()).isEqualTo(Progress.WAITING);
    read.onSet(3, NEWER, true);
    assertThat(read.progress()).isEqualTo(Progress.ENOUGH);
    assertThat(read.repairs(read.outcome())).containsExactly(0, 1, 2);
  }

  @Test
  void whoeverCouldHoldAHintAndWasNotHeardLeavesAReadBehind() {
    ReadCoordination read = new ReadCoordination(3, 2, 0, NEWER.past(), false, Conflict.SIBLINGS);
    read.begin();
    read.onSet(0, OLD, true);
    read.onDigest(1, OLD.hash(), true);
    read.onDigest(2, OLD.hash(), true);
    read.alsoAsk();
    read.othersAsked(true);
    read.onGone(3);
    assertThat(read.progress()).isEqualTo(Progress.BEHIND);
  }

  @Test
  void anEmptyFallbackCountsToNothing() {
    ReadCoordination read = reading(2);
    read.begin();
    read.onSet(0, OLD, true);
    read.onGone(1);
    assertThat(read.further()).isEmpty();
    read.onGone(2);
    assertThat(read.further()).containsExactly(new AskFallbackOf(1));
    assertThat(read.addFallback(1, Positions.of(1))).isEqualTo(new Ask(3, Wanted.WHOLE));
    assertThat(read.further()).isEmpty();
    read.onSet(3, Siblings.EMPTY, true);
    assertThat(read.further()).containsExactly(new AskFallbackOf(2));
    read.noFallbackFor(2);
    assertThat(read.further()).isEmpty();
    assertThat(read.progress()).isEqualTo(Progress.HOPELESS);
  }

  @Test
  void aHintCountsToAReadAndNotAmongThePrimaries() {
    ReadCoordination read = new ReadCoordination(3, 2, 1, null, false, Conflict.SIBLINGS);
    read.begin();
    read.onGone(1);
    read.onGone(2);
    var unused = read.addFallback(1, Positions.of(1));
    read.onSet(3, OTHER, true);
    assertThat(read.progress()).isEqualTo(Progress.WAITING);
    read.onSet(0, OLD, true);
    assertThat(read.progress()).isEqualTo(Progress.ENOUGH);
    assertThat(read.outcome().values()).hasSize(2);

    ReadCoordination strict = new ReadCoordination(3, 2, 2, null, false, Conflict.SIBLINGS);
    strict.begin();
    strict.onSet(0, OLD, true);
    strict.onGone(1);
    strict.onGone(2);
    assertThat(strict.progress()).isEqualTo(Progress.HOPELESS);
  }

  @Test
  void aPrimaryAndTheFallbackForItFillOnePosition() {
    ReadCoordination read = reading(2);
    read.begin();
    read.onGone(1);
    read.onGone(2);
    assertThat(read.onSlow(true)).isEmpty();
    assertThat(read.further()).containsExactly(new AskFallbackOf(0), new AskFallbackOf(1));
    var unused = read.addFallback(0, Positions.of(0));
    read.noFallbackFor(1);
    read.onSet(3, OTHER, true);
    read.onSet(0, OLD, true);
    assertThat(read.progress()).isEqualTo(Progress.HOPELESS);
    assertThat(read.further()).containsExactly(new AskFallbackOf(2));
    unused = read.addFallback(2, Positions.of(2));
    read.onSet(4, OTHER, true);
    assertThat(read.progress()).isEqualTo(Progress.ENOUGH);
  }

  @Test
  void aHintHolderFillsThePositionThatIsFree() {
    ReadCoordination read = reading(2);
    read.begin();
    read.onGone(1);
    read.onGone(2);
    assertThat(read.onSlow(true)).isEmpty();
    var unused = read.addFallback(0, Positions.any());
    read.onSet(3, OTHER, true);
    assertThat(read.progress()).isEqualTo(Progress.WAITING);
    read.onSet(0, OLD, true);
    assertThat(read.progress()).isEqualTo(Progress.ENOUGH);
  }

  @Test
  void aSlowPrimaryIsStoodInForWhenNoOtherIsLeft() {
    ReadCoordination read = reading(2);
    read.begin();
    read.onSet(0, OLD, true);
    read.onGone(2);
    assertThat(read.further()).isEmpty();
    assertThat(read.onSlow(true)).isEmpty();
    assertThat(read.further()).containsExactly(new AskFallbackOf(1));
  }

  @Test
  void whatNoReplicaHasSeenIsLost() {
    ReadCoordination read = new ReadCoordination(3, 2, 0, NEWER.past(), false, Conflict.SIBLINGS);
    read.begin();
    read.onSet(0, OLD, true);
    read.onDigest(1, OLD.hash(), true);
    read.onDigest(2, OLD.hash(), true);
    assertThat(read.further()).containsExactly(new AskAllOthers());
    assertThat(read.further()).as("until they were asked").containsExactly(new AskAllOthers());
    read.othersAsked(true);
    assertThat(read.progress()).isEqualTo(Progress.WAITING);
    assertThat(read.further())
        .containsExactly(
            new Ask(0, Wanted.WHOLE), new Ask(1, Wanted.WHOLE), new Ask(2, Wanted.WHOLE));
    for (int i = 0; i < 3; i++) {
      assertThat(read.progress()).isEqualTo(Progress.WAITING);
      read.onSet(i, OLD, true);
    }
    assertThat(read.progress()).isEqualTo(Progress.LOST);
    assertThat(read.outcome()).isEqualTo(OLD);
    assertThat(read.further()).isEmpty();
  }

  @Test
  void aHintThatWentHomeBetweenTwoAnswersIsFoundThere() {
    ReadCoordination read = emptyEverywhere();
    assertThat(read.further()).hasSize(3);
    read.onSet(1, NEWER, true);
    assertThat(read.progress()).isEqualTo(Progress.ENOUGH);
    assertThat(read.outcome()).isEqualTo(NEWER);
  }

  @Test
  void whoeverIsGoneWhenAskedAgainLeavesAReadBehind() {
    ReadCoordination read = emptyEverywhere();
    assertThat(read.further()).hasSize(3);
    read.onSet(0, Siblings.EMPTY, true);
    read.onGone(1);
    assertThat(read.progress()).isEqualTo(Progress.WAITING);
    read.onSet(2, Siblings.EMPTY, true);
    assertThat(read.progress()).isEqualTo(Progress.BEHIND);
  }

  /** Primaries and the only other node have nothing of what the reader has seen. */
  private static ReadCoordination emptyEverywhere() {
    ReadCoordination read = new ReadCoordination(3, 2, 0, NEWER.past(), false, Conflict.SIBLINGS);
    read.begin();
    for (int i = 0; i < 3; i++) {
      read.onSet(i, Siblings.EMPTY, true);
    }
    assertThat(read.further()).containsExactly(new AskAllOthers());
    assertThat(read.alsoAsk()).isEqualTo(new Ask(3, Wanted.WHOLE));
    read.othersAsked(true);
    read.onSet(3, Siblings.EMPTY, true);
    assertThat(read.progress()).isEqualTo(Progress.WAITING);
    return read;
  }

  @Test
  void aSlowPrimaryDoesNotKeepAPastFromBeingLookedForInHints() {
    ReadCoordination read = new ReadCoordination(3, 2, 0, NEWER.past(), false, Conflict.SIBLINGS);
    read.begin();
    read.onSet(0, OLD, true);
    read.onDigest(1, OLD.hash(), true);
    assertThat(read.onSlow(false)).isEmpty();
    assertThat(read.further()).doesNotContain(new AskAllOthers());
    assertThat(read.onSlow(true)).isEmpty();
    assertThat(read.further()).containsExactly(new AskAllOthers());
    assertThat(read.alsoAsk()).isEqualTo(new Ask(3, Wanted.WHOLE));
    read.othersAsked(true);
    read.onSet(3, NEWER, true);
    assertThat(read.progress()).isEqualTo(Progress.ENOUGH);
  }

  @Test
  void aFallbackIsAskedForASlowPrimaryOnlyWhenThatLasts() {
    ReadCoordination read = reading(2);
    read.begin();
    read.onSet(0, OLD, true);
    read.onGone(2);
    assertThat(read.onSlow(false)).isEmpty();
    assertThat(read.further()).isEmpty();
    assertThat(read.onSlow(true)).isEmpty();
    assertThat(read.further()).containsExactly(new AskFallbackOf(1));
  }

  @Test
  void whenTheOneAskedForItsWholeSetIsSlowTheThirdIsAskedForItsOwn() {
    ReadCoordination read = reading(2);
    read.begin();
    read.onDigest(1, OLD.hash(), true);
    assertThat(read.onSlow(false))
        .containsExactly(new Ask(1, Wanted.WHOLE), new Ask(2, Wanted.DIGEST));
    read.onSet(1, OLD, true);
    read.onDigest(2, OLD.hash(), true);
    assertThat(read.progress()).isEqualTo(Progress.ENOUGH);
  }

  @Test
  void whenNobodyHasAnsweredASlowReadAsksOneMoreForItsWholeSet() {
    ReadCoordination read = reading(2);
    read.begin();
    assertThat(read.onSlow(false)).contains(new Ask(2, Wanted.WHOLE));
    read.onSet(2, OLD, true);
    read.onDigest(1, OLD.hash(), true);
    assertThat(read.progress()).isEqualTo(Progress.ENOUGH);
  }

  @Test
  void aSlowReplicaIsHedged() {
    ReadCoordination read = reading(2);
    read.begin();
    read.onSet(0, NEWER, true);
    assertThat(read.onSlow(true)).containsExactly(new Ask(2, Wanted.DIGEST));
    assertThat(read.onSlow(true)).isEmpty();
  }

  @Test
  void aConditionIsJudgedOnWholeSetsOfAll() {
    assertThat(new ReadCoordination(3, 2, 2, null, true, Conflict.SIBLINGS).begin())
        .containsExactly(
            new Ask(0, Wanted.WHOLE), new Ask(1, Wanted.WHOLE), new Ask(2, Wanted.WHOLE));
  }

  @Test
  void aQuorumBeyondTheReplicasIsAProgrammersError() {
    assertThatThrownBy(() -> reading(4)).isInstanceOf(IllegalArgumentException.class);
  }
}
