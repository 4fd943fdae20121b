package starling.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import starling.node.version.MalformedException;

/** The durable marks that nodes announce, and how they join. */
class ShownTest {
  private static List<DurableMark> some() {
    List<DurableMark> words = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      words.add(
          new DurableMark(i & 1, i >> 1 & 1, i >> 2 & 1, i >> 3 & 1, i >> 4 & 1, (i >> 5) == 1));
    }
    return words;
  }

  @Test
  void aWordIsReadAsItWasWritten() {
    DurableMark word = new DurableMark(5, 2, 0xa0000_0200L, 7, -3, true);
    assertThat(DurableMark.decode(word.encode())).isEqualTo(word);
  }

  @Test
  void anUnknownFormatIsRefusedWithWords() {
    byte[] bytes = new DurableMark(5, 2, 1, 0, 3, false).encode();
    bytes[0] = 2;
    assertThatThrownBy(() -> DurableMark.decode(bytes))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("format 2");
  }

  @Test
  void theLaterWordStandsAndNoPositionIsForgotten() {
    DurableMark before = new DurableMark(5, 9, 300, 0, 1, true);
    DurableMark after = new DurableMark(6, 1, 100, 0, 2, false);
    assertThat(before.join(after)).isEqualTo(new DurableMark(6, 1, 300, 0, 2, false));
  }

  @Test
  void theOrderInWhichWordsCameDoesNotMatter() {
    for (DurableMark a : some()) {
      assertThat(a.join(a)).isEqualTo(a);
      for (DurableMark b : some()) {
        assertThat(a.join(b)).isEqualTo(b.join(a));
        for (DurableMark c : some()) {
          if (!a.join(b).join(c).equals(a.join(b.join(c)))) {
            throw new AssertionError(a + " " + b + " " + c);
          }
        }
      }
    }
  }
}
