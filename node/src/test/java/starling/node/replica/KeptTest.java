package starling.node.replica;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import starling.node.version.Actor;
import starling.node.version.Content;
import starling.node.version.Dot;
import starling.node.version.MalformedException;
import starling.node.version.Past;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;
import starling.node.version.Version;

class KeptTest {
  private static final UUID A = new UUID(1, 2);
  private static final UUID B = new UUID(3, 4);
  private static final UUID C = new UUID(5, 6);

  private static final Siblings SET =
      Siblings.EMPTY.write(
          Past.EMPTY, new Version(new Dot(new Actor(7, 8), 9), Content.json("1".getBytes(UTF_8))));

  private static final String ENCODED_SET = HexFormat.of().formatHex(SiblingsCodec.encode(SET));

  @Test
  void aHintStandsInTheLogAsItAlwaysDid() {
    StoredValue hint = new StoredValue(SET, new Hint(List.of(B, A), List.of(C), 0x19ac23e1000L));
    assertThat(HexFormat.of().formatHex(hint.encode()))
        .isEqualTo(
            "48"
                + "02"
                + "00"
                + "0000019ac23e1000"
                + "02"
                + "00000000000000010000000000000002"
                + "00000000000000030000000000000004"
                + "01"
                + "00000000000000050000000000000006"
                + ENCODED_SET);
    assertThat(StoredValue.decode(hint.encode())).isEqualTo(hint);
  }

  @Test
  void aDebtStandsInTheLogAsItAlwaysDid() {
    StoredValue debt = new StoredValue(SET, Hint.NONE, Hint.of(A, 0x19ac23e1000L));
    assertThat(HexFormat.of().formatHex(debt.encode()))
        .isEqualTo(
            "48"
                + "02"
                + "01"
                + "0000019ac23e1000"
                + "01"
                + "00000000000000010000000000000002"
                + "00"
                + ENCODED_SET);
    assertThat(StoredValue.decode(debt.encode())).isEqualTo(debt);
    assertThat(StoredValue.isHint(debt.encode())).isFalse();
    assertThat(StoredValue.setOf(debt.encode())).isEqualTo(SiblingsCodec.encode(SET));
  }

  @Test
  void aDebtIsPaidWhenThePrimariesThatMissedItHoldTheSetOrAreNoneAnyMore() {
    Hint debt = new Hint(List.of(A, B), List.of(), 1);
    assertThat(debt.paidTo(List.of(A), List.of(A, B, C))).isEqualTo(Hint.of(B, 1));
    assertThat(debt.paidTo(List.of(A), List.of(A, C)).none()).isTrue();
  }

  @Test
  void aHintOfTheFirstFormatIsReadAsOneThatNoPrimaryIsKnownToHold() {
    byte[] first =
        HexFormat.of()
            .parseHex(
                "48"
                    + "01"
                    + "0000019ac23e1000"
                    + "01"
                    + "00000000000000010000000000000002"
                    + ENCODED_SET);
    assertThat(StoredValue.decode(first))
        .isEqualTo(new StoredValue(SET, new Hint(List.of(A), List.of(), 0x19ac23e1000L)));
    assertThat(StoredValue.setOf(first)).isEqualTo(SiblingsCodec.encode(SET));
  }

  @Test
  void anUnknownFormatOrKindIsRejected() {
    byte[] hint = new StoredValue(SET, Hint.of(A, 1)).encode();
    for (int at : new int[] {1, 2}) {
      byte[] unknown = hint.clone();
      unknown[at] = 0x7f;
      assertThatThrownBy(() -> StoredValue.decode(unknown)).isInstanceOf(MalformedException.class);
    }
  }

  @Test
  void aHintIsLeftUntilEveryPresentPrimaryHoldsTheSet() {
    List<UUID> present = List.of(A, B, C);
    Hint hint = Hint.of(A, 1);
    assertThat(hint.heldBy(List.of(A), present).primaries())
        .as("the named one has it: it is for the others from now on")
        .containsExactly(B, C);
    assertThat(hint.heldBy(List.of(B), present).primaries()).containsExactly(A);
    assertThat(hint.heldBy(List.of(A, C), present))
        .isEqualTo(new Hint(List.of(B), List.of(A, C), 1));
    assertThat(hint.heldBy(List.of(A, B, C), present).none()).isTrue();
  }

  @Test
  void aHintWhosePrimariesAreNoneAnyMoreIsForAllThatAre() {
    Hint hint = Hint.of(A, 1);
    assertThat(hint.wanted(List.of(B, C))).containsExactly(B, C);
    assertThat(hint.heldBy(List.of(B), List.of(B, C)).primaries()).containsExactly(C);
    assertThat(hint.heldBy(List.of(A, B), List.of(B, C)).holders()).containsExactly(B);
  }

  @Test
  void noPrimaryIsKnownToHoldASetThatHasChanged() {
    Hint held = new Hint(List.of(B), List.of(A, C), 5);
    assertThat(held.join(Hint.of(B, 9))).isEqualTo(Hint.of(B, 5));
    assertThat(held.join(Hint.NONE)).isEqualTo(Hint.of(B, 5));
    assertThat(Hint.NONE.join(held)).isEqualTo(Hint.of(B, 5));
  }
}
