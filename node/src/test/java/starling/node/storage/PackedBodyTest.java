package starling.node.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PackedBodyTest {
  private static final byte[] TEXT = "{\"name\":\"starling\",\"age\":7}".repeat(40).getBytes(UTF_8);

  @ParameterizedTest
  @EnumSource(names = {"LZ4", "ZSTD"})
  void whatIsPackedComesBack(Compression compression) throws Exception {
    byte[] body = PackedBody.pack(compression, TEXT);
    assertThat(body).hasSizeLessThan(TEXT.length / 4);
    assertThat(PackedBody.unpack(PackedBody.flag(compression), body, TEXT.length)).isEqualTo(TEXT);
  }

  @ParameterizedTest
  @EnumSource
  void whatWouldNotGetSmallerStaysAsItIs(Compression compression) {
    byte[] noise = new byte[4096];
    new SplittableRandom(1).nextBytes(noise);
    assertThat(PackedBody.pack(compression, noise)).isNull();
    assertThat(PackedBody.pack(compression, "short".getBytes(UTF_8))).isNull();
  }

  @ParameterizedTest
  @EnumSource(names = {"LZ4", "ZSTD"})
  void aSizeBeyondTheBoundIsRefusedBeforeAnythingIsAllocated(Compression compression) {
    byte[] body = PackedBody.pack(compression, TEXT);
    int flag = PackedBody.flag(compression);
    assertThatThrownBy(() -> PackedBody.unpack(flag, body, TEXT.length - 1))
        .isInstanceOf(IOException.class);
    body[0] = (byte) 0x7f;
    assertThatThrownBy(() -> PackedBody.unpack(flag, body, 1 << 20))
        .isInstanceOf(IOException.class);
  }

  @Test
  void damagedBodiesEndInOneKindOfError() {
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < 20_000; i++) {
      Compression compression = random.nextBoolean() ? Compression.LZ4 : Compression.ZSTD;
      byte[] body = PackedBody.pack(compression, TEXT);
      int flips = 1 + random.nextInt(3);
      for (int j = 0; j < flips; j++) {
        body[random.nextInt(body.length)] ^= (byte) (1 << random.nextInt(8));
      }
      byte[] cut = java.util.Arrays.copyOf(body, random.nextInt(body.length + 1));
      int flags = random.nextInt(4);
      try {
        byte[] set = PackedBody.unpack(flags, cut, 1 << 20);
        assertThat(set.length).isLessThanOrEqualTo(1 << 20);
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("packed body");
      }
    }
  }
}
