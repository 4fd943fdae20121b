package starling.gossip.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import starling.gossip.Address;
import starling.gossip.DepartureIntent;
import starling.gossip.Member;
import starling.gossip.ProcessIncarnation;
import starling.gossip.Status;
import starling.gossip.detector.DetectorAction;

class MemberListTest {
  private static final long SECOND = 1_000_000_000;
  private static final UUID ID = new UUID(0, 1);

  private final List<DetectorAction> actions = new ArrayList<>();
  private final MemberList roster = new MemberList(HeartbeatConfig.DEFAULT, actions::add);

  private static MemberRecord introduction(UUID id, long incarnation, Status status) {
    Address address = new Address("h", (int) id.getLeastSignificantBits());
    String name = "n" + id.getLeastSignificantBits();
    Member member =
        new Member(
            id, new ProcessIncarnation(incarnation, 5), name, address, address, "", 1, "test", 1);
    return new MemberRecord(member, 10, status, DepartureIntent.NONE);
  }

  private static Entry entry(long incarnation, long heartbeat, Status status) {
    return new Entry(
        ID, new ProcessIncarnation(incarnation, 5), heartbeat, status, DepartureIntent.NONE);
  }

  private Status status() {
    return roster.account(ID).status();
  }

  @Test
  void silenceMakesSuspectThenDead() {
    roster.onIntroduction(introduction(ID, 1, Status.ALIVE), 0);
    roster.judgeAll(3 * SECOND - 1);
    assertThat(status()).isEqualTo(Status.ALIVE);
    roster.judgeAll(3 * SECOND);
    assertThat(status()).isEqualTo(Status.SUSPECT);
    roster.judgeAll(9 * SECOND);
    assertThat(status()).isEqualTo(Status.DEAD);
  }

  @Test
  void clocksMayBeginAnywhere() {
    long begin = Long.MIN_VALUE / 2;
    roster.onIntroduction(introduction(ID, 1, Status.ALIVE), begin);
    roster.judgeAll(begin + 4 * SECOND);
    assertThat(status()).isEqualTo(Status.SUSPECT);
  }

  @Test
  void aHeartThatBeatsIsAlive() {
    roster.onIntroduction(introduction(ID, 1, Status.ALIVE), 0);
    roster.judgeAll(20 * SECOND);
    roster.onEntry(entry(1, 11, Status.ALIVE), 20 * SECOND);
    assertThat(status()).isEqualTo(Status.ALIVE);
  }

  @Test
  void aLateHeartbeatToldByOneWhoThinksItDeadDoesNotReviveIt() {
    roster.onIntroduction(introduction(ID, 1, Status.ALIVE), 0);
    roster.judgeAll(20 * SECOND);
    roster.onEntry(entry(1, 12, Status.DEAD), 20 * SECOND);
    assertThat(status()).isEqualTo(Status.DEAD);
    assertThat(roster.account(ID).heartbeat()).isEqualTo(12);
  }

  @Test
  void anAccusationIsNotBelievedOfOneWhoShowsSignsOfLife() {
    roster.onIntroduction(introduction(ID, 1, Status.ALIVE), 0);
    assertThat(roster.onEntry(entry(1, 11, Status.DEAD), SECOND))
        .isEqualTo(MemberList.Heard.NOTHING);
    assertThat(status()).isEqualTo(Status.ALIVE);
  }

  @Test
  void aRaisedIncarnationOfTheSameProcessIsNewsAndALife() {
    roster.onIntroduction(introduction(ID, 1, Status.DEAD), 0);
    assertThat(roster.onEntry(entry(2, 10, Status.ALIVE), SECOND)).isEqualTo(MemberList.Heard.NEWS);
    assertThat(status()).isEqualTo(Status.ALIVE);
    assertThat(roster.account(ID).life().incarnation()).isEqualTo(2);
  }

  @Test
  void anOlderLifeIsNeverTakenBack() {
    roster.onIntroduction(introduction(ID, 3, Status.ALIVE), 0);
    assertThat(roster.onIntroduction(introduction(ID, 2, Status.ALIVE), 0)).isFalse();
    assertThat(roster.onEntry(entry(2, 99, Status.ALIVE), 0)).isEqualTo(MemberList.Heard.BEHIND);
    assertThat(roster.account(ID).life().incarnation()).isEqualTo(3);
  }

  @Test
  void limitsGrowWithTheLogarithmOfTheMembers() {
    for (int i = 1; i <= 6; i++) {
      roster.onIntroduction(introduction(new UUID(0, i), 1, Status.ALIVE), 0);
    }
    assertThat(roster.suspectNanos()).isEqualTo(3 * SECOND);
    for (int i = 7; i <= 62; i++) {
      roster.onIntroduction(introduction(new UUID(0, i), 1, Status.ALIVE), 0);
    }
    assertThat(roster.suspectNanos()).isEqualTo(6 * SECOND);
    assertThat(roster.deadNanos()).isEqualTo(12 * SECOND);
  }

  @Test
  void aLifeThatEndedDoesNotLiveOnInTheWordsOfAnEarlierOne() {
    roster.onIntroduction(introduction(ID, 7, Status.ALIVE), 0);
    for (int second = 1; second <= 9; second++) {
      roster.heardFrom(ID, new ProcessIncarnation(3, 6), second * SECOND);
      roster.heardFrom(ID, second * SECOND);
      roster.judgeAll(second * SECOND);
    }
    assertThat(status()).isEqualTo(Status.DEAD);
    roster.heardFrom(ID, new ProcessIncarnation(7, 5), 10 * SECOND);
    assertThat(status()).isEqualTo(Status.ALIVE);
    roster.heardFrom(ID, 15 * SECOND);
    roster.judgeAll(17 * SECOND);
    assertThat(status()).isEqualTo(Status.ALIVE);
  }

  @Test
  void noMoreMembersThanTheBoundAreTakenInAndThatIsSaidOnce() {
    for (int i = 1; i <= MemberList.MAX_MEMBERS + 5; i++) {
      roster.onIntroduction(introduction(new UUID(0, i), 1, Status.DEAD), 0);
    }
    assertThat(roster.accounts()).hasSize(MemberList.MAX_MEMBERS);
    assertThat(actions).filteredOn(action -> action instanceof DetectorAction.Alarm).hasSize(1);
  }

  @Test
  void whoIsBannedHasLeftAndStaysSo() {
    roster.onIntroduction(introduction(ID, 1, Status.ALIVE), 0);
    roster.ban(ID);
    assertThat(status()).isEqualTo(Status.LEFT);
    assertThat(roster.shutsOut(ID)).isTrue();
    assertThat(roster.onIntroduction(introduction(ID, 9, Status.ALIVE), 0)).isFalse();
    roster.heardFrom(ID, SECOND);
    roster.judgeAll(SECOND);
    assertThat(status()).isEqualTo(Status.LEFT);
  }
}
