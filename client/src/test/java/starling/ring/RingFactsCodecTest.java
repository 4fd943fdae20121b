package starling.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static starling.ring.RingNodes.plain;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RingFactsCodecTest {
  private static final HexFormat HEX = HexFormat.of();
  private static final String SAMPLE =
      "010101" + "0100000000000000000000000000000007" + "010001640100" + "0100000101" + "00";

  @Test
  void whatIsWrittenIsReadBack() {
    for (int seed = 0; seed < 5_000; seed++) {
      RingFacts facts = RandomFacts.make(new Random(seed));
      byte[] bytes = facts.encode();
      assertThat(RingFacts.decode(bytes)).as("seed %d", seed).isEqualTo(facts);
      assertThat(RingFacts.decode(bytes).encode()).as("seed %d", seed).isEqualTo(bytes);
    }
  }

  @Test
  void theSampleBytesAreHeld() {
    RingFacts facts = RingFacts.found(1, 3, List.of(RingNode.normal(new UUID(0, 7))));
    assertThat(HEX.formatHex(facts.encode())).isEqualTo(SAMPLE);
    assertThat(RingFacts.decode(HEX.parseHex(SAMPLE))).isEqualTo(facts);
  }

  @Test
  void anUnknownVersionIsRefusedWithWords() {
    byte[] bytes = HEX.parseHex(SAMPLE);
    bytes[0] = 2;
    assertThatThrownBy(() -> RingFacts.decode(bytes))
        .isInstanceOf(RingFormatException.class)
        .hasMessage("facts of the ring in version 2; this program reads version 1");
  }

  @Test
  void everyCutIsRefused() {
    byte[] bytes = RingFacts.found(8, 3, plain(3)).withBan(RingNodes.id(2)).encode();
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> RingFacts.decode(cut)).isInstanceOf(RingFormatException.class);
    }
  }

  @Test
  void damagedBytesAreRefusedOrReadButNeverHarm() {
    byte[] bytes = RingFacts.found(8, 3, plain(3)).withBan(RingNodes.id(2)).encode();
    for (int seed = 0; seed < 20_000; seed++) {
      Random random = new Random(seed);
      byte[] damaged = bytes.clone();
      for (int i = 0; i <= random.nextInt(3); i++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      try {
        assertThat(RingFacts.decode(damaged).encode()).as("seed %d", seed).isEqualTo(damaged);
      } catch (RingFormatException refused) {
        assertThat(refused).hasMessageMatching(".+");
      }
    }
  }

  @Test
  void hugeNumbersInFewBytesAreRefusedBeforeAnythingIsAllocated() {
    for (String hex :
        List.of(
            "01" + "808004" + "00" + "00" + "00", // 65,536 partitions of which none follows
            "01" + "00" + "00" + "ffffffff07", // two thousand million ids
            "01" + "00" + "00" + "00" + "ffffffff07", // as many nodes
            "01" + "00" + "00" + "00" + "00" + "ffffffff07", // as many bans
            "01" + "00" + "ffffffffffffffffff7f", // a number of 64 bits and more
            "01" + "8000" + "00" + "00" + "00" + "00")) { // a zero in two bytes
      assertThatThrownBy(() -> RingFacts.decode(HEX.parseHex(hex)))
          .as(hex)
          .isInstanceOf(RingFormatException.class);
    }
  }
}
