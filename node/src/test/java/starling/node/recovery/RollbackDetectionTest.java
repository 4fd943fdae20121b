package starling.node.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import starling.node.cluster.DurableMark;
import starling.node.recovery.RollbackDetection.Decision;
import starling.node.recovery.RollbackDetection.Directory;
import starling.node.recovery.RollbackDetection.Reports;
import starling.node.recovery.RollbackDetection.RolledBack;
import starling.node.recovery.RollbackDetection.Serve;
import starling.node.recovery.RollbackDetection.Wait;

/** The directory of incarnation 5, whose log ends at 1,000 above a base of 200. */
class RollbackDetectionTest {
  private static final Decision SERVED = new Serve(false, false, false);
  private static final Decision INCOMPLETE = new Serve(true, false, false);
  private static final DurableMark MARK = mark(5, 900, true);
  private static final Directory WHOLE = new Directory(true, MARK, false, 1_000, false);
  private static final Directory WITHOUT_MARK = new Directory(false, null, false, 1_000, false);

  @Test
  void aDirectoryThatReachesTheRememberedMarkIsServed() {
    assertThat(decision(WHOLE, mark(5, 1_200, true))).isEqualTo(SERVED);
  }

  @Test
  void aDirectoryThatNoPeerRemembersIsServed() {
    assertThat(decision(WHOLE, null)).isEqualTo(SERVED);
    assertThat(decision(WITHOUT_MARK, null)).isEqualTo(SERVED);
  }

  @Test
  void aLogThatEndsBeforeTheRememberedPositionIsRolledBack() {
    assertThat(decision(WHOLE, mark(5, 1_201, true)))
        .isEqualTo(
            new RolledBack("the log ends at 4b0, and peers remember that it was durable to 4b1"));
  }

  @Test
  void aDirectoryOfAnEarlierIncarnationIsRolledBack() {
    assertThat(decision(WHOLE, mark(6, 10, true)))
        .isEqualTo(
            new RolledBack("the directory is of incarnation 5, and peers remember incarnation 6"));
  }

  @Test
  void aDirectoryWithoutAMarkIsRolledBackIfPeersRememberOne() {
    assertThat(decision(WITHOUT_MARK, MARK))
        .isEqualTo(
            new RolledBack(
                "the directory holds only the id of this node, and peers remember incarnation 5"));
  }

  @Test
  void aFormerMemberWithoutAMarkIsIncompleteIfNoPeerRemembersOne() {
    Directory wiped = new Directory(true, null, false, 1_000, false);
    assertThat(decision(wiped, null)).isEqualTo(new Serve(true, false, true));
    assertThat(decision(wiped, MARK)).isInstanceOf(RolledBack.class);
  }

  @Test
  void aDamagedMarkMakesTheDirectoryIncompleteAndDropsNothing() {
    Directory damaged = new Directory(true, null, true, 1_000, false);
    assertThat(decision(damaged, mark(5, 900, true))).isEqualTo(INCOMPLETE);
    assertThat(decision(damaged, null)).isEqualTo(INCOMPLETE);
  }

  @Test
  void damageAtTheEndOfTheLogDropsNothingAndIsCompared() {
    Directory damaged = new Directory(true, MARK, false, 1_000, true);
    assertThat(decision(damaged, mark(5, 1_201, true))).isEqualTo(new Serve(true, true, false));
    assertThat(decision(damaged, mark(5, 1_200, true))).isEqualTo(SERVED);
  }

  @Test
  void damageAtTheEndDoesNotExplainAnEarlierIncarnation() {
    Directory damaged = new Directory(true, MARK, false, 1_000, true);
    assertThat(decision(damaged, mark(6, 10, true))).isInstanceOf(RolledBack.class);
  }

  @Test
  void aDirectoryThatWasIncompleteStaysIncomplete() {
    Directory directory = new Directory(true, mark(5, 900, false), false, 1_000, false);
    assertThat(decision(directory, mark(5, 900, false))).isEqualTo(INCOMPLETE);
    assertThat(decision(directory, null)).isEqualTo(INCOMPLETE);
  }

  @Test
  void halfOfTheOthersIsEnoughToDecide() {
    assertThat(heard(1, 4, 0)).isEqualTo(Wait.FOR_REPORTS);
    assertThat(heard(2, 4, 0)).isEqualTo(SERVED);
    assertThat(heard(1, 3, 0)).isEqualTo(Wait.FOR_REPORTS);
    assertThat(heard(2, 3, 0)).isEqualTo(SERVED);
    assertThat(heard(0, 0, 0)).isEqualTo(SERVED);
  }

  @Test
  void aNodeThatHearsTooFewDecidesAfterFiveSeconds() {
    assertThat(heard(0, 4, 4_999_999_999L)).isEqualTo(Wait.FOR_REPORTS);
    assertThat(heard(0, 4, 5_000_000_000L)).isEqualTo(SERVED);
  }

  @Test
  void aProcessWaitsWhileALaterOneIsConnected() {
    Reports reports = new Reports(4, 4, mark(6, 2_000, true), true);
    assertThat(decision(reports, 7, Long.MAX_VALUE)).isEqualTo(Wait.FOR_LATER_CONNECTION);
  }

  @Test
  void aProcessWaitsUntilItsIncarnationExceedsTheRememberedOne() {
    Reports reports = new Reports(4, 4, mark(6, 2_000, true), false);
    assertThat(decision(reports, 5, Long.MAX_VALUE)).isEqualTo(Wait.FOR_LATER_PROCESS);
    assertThat(decision(reports, 6, Long.MAX_VALUE)).isEqualTo(Wait.FOR_LATER_PROCESS);
    assertThat(decision(reports, 7, Long.MAX_VALUE)).isInstanceOf(RolledBack.class);
  }

  private static DurableMark mark(long incarnation, long position, boolean complete) {
    return new DurableMark(incarnation, 1, position, 200, 77, complete);
  }

  private static Decision decision(Directory directory, DurableMark remembered) {
    return RollbackDetection.of(directory, new Reports(4, 4, remembered, false), 7, 0);
  }

  private static Decision decision(Reports reports, long incarnation, long listenedNanos) {
    return RollbackDetection.of(WHOLE, reports, incarnation, listenedNanos);
  }

  private static Decision heard(int heard, int others, long listenedNanos) {
    return decision(new Reports(heard, others, MARK, false), 7, listenedNanos);
  }
}
