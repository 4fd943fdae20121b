package starling.gossip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.UUID;
import org.junit.jupiter.api.Test;

class StatusTest {
  @Test
  void whoHasLeftNeverComesBack() {
    for (Status status : Status.values()) {
      assertThat(Status.LEFT.mayBecome(status)).isFalse();
      assertThat(status.mayBecome(status)).isFalse();
    }
  }

  @Test
  void everyoneElseMayComeBackToLife() {
    assertThat(Status.SUSPECT.mayBecome(Status.ALIVE)).isTrue();
    assertThat(Status.DEAD.mayBecome(Status.ALIVE)).isTrue();
  }

  @Test
  void anIllegalStepFailsAtOnce() {
    Address address = new Address("h", 1);
    Member member =
        new Member(
            new UUID(0, 1), new ProcessIncarnation(1, 1), "n", address, address, "", 1, "", 1);
    MemberState account =
        new MemberState(
            new MemberRecord(member, 0, Status.LEFT, DepartureIntent.LEFT), 0, Status.LEFT);
    assertThatIllegalStateException().isThrownBy(() -> account.become(Status.ALIVE));
  }
}
