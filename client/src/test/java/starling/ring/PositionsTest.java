package starling.ring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.hash.Hashing;
import java.io.IOException;
import java.io.InputStream;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class PositionsTest {
  private static final HexFormat HEX = HexFormat.of();

  @Test
  void positionsAreThoseOfTheGoldenFile() throws IOException {
    List<String> lines = golden();
    String computed =
        lines.stream().map(PositionsTest::recomputed).collect(Collectors.joining("\n"));
    assertThat(computed).isEqualTo(String.join("\n", lines));
    assertThat(lines).hasSizeGreaterThan(10);
  }

  @Test
  void theHashIsThatOfGuavaForEveryLength() {
    Random random = new Random(3);
    for (int length = 0; length < 300; length++) {
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      assertThat(Murmur3.hash(bytes))
          .as("%d bytes", length)
          .isEqualTo(Hashing.murmur3_128().hashBytes(bytes).asLong());
    }
  }

  @Test
  void theBoundaryBetweenBucketAndKeyMatters() {
    assertThat(Positions.position(bytes("ab"), bytes("c")))
        .isNotEqualTo(Positions.position(bytes("a"), bytes("bc")));
  }

  @Test
  void aPartitionIsTheTopBitsOfThePositionReadAsUnsigned() {
    assertThat(Positions.partition(0x8000_0000_0000_0000L, 1024)).isEqualTo(512);
    assertThat(Positions.partition(-1L, 1024)).isEqualTo(1023);
    assertThat(Positions.partition(-1L, 65536)).isEqualTo(65535);
    assertThat(Positions.partition(0x003f_ffff_ffff_ffffL, 1024)).isEqualTo(0);
    assertThat(Positions.partition(0x0040_0000_0000_0000L, 1024)).isEqualTo(1);
    assertThat(Positions.partition(-1L, 1)).isZero();
    assertThat(Positions.partition(-1L, 2)).isEqualTo(1);
  }

  @Test
  void onlyPowersOfTwoWithinBoundsCutACircle() {
    for (int partitions : new int[] {-4, 0, 3, 1000, 131072}) {
      assertThatThrownBy(() -> Positions.requirePartitions(partitions))
          .hasMessageContaining("power of two")
          .hasMessageContaining(String.valueOf(partitions));
    }
  }

  /** A line is bucket, key (hex), position (hex), partition of 1024. */
  private static String recomputed(String line) {
    String[] fields = line.split(" ");
    byte[] bucket = HEX.parseHex(fields[0].substring(1));
    byte[] key = HEX.parseHex(fields[1].substring(1));
    long position = Positions.position(bucket, key);
    return String.format(
        "%s %s %016x %d", fields[0], fields[1], position, Positions.partition(position, 1024));
  }

  private static List<String> golden() throws IOException {
    try (InputStream in = PositionsTest.class.getResourceAsStream("positions.txt")) {
      return new String(in.readAllBytes(), UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .collect(Collectors.toList());
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
