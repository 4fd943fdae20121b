package starling.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import starling.node.request.BucketProperties;
import starling.node.request.BucketProperties.Conflict;
import starling.node.request.Quorum;
import starling.node.storage.Durability;
import starling.node.version.MalformedException;

class BucketRegisterTest {
  static BucketRegister register(Random random) {
    Quorum[] quorums = {Quorum.ONE, Quorum.QUORUM, Quorum.ALL, Quorum.of(random.nextInt(10))};
    return new BucketRegister(
        random.nextInt(4),
        new BucketProperties(
            1 + random.nextInt(5),
            quorums[random.nextInt(4)],
            quorums[random.nextInt(4)],
            quorums[random.nextInt(4)],
            quorums[random.nextInt(4)],
            Durability.values()[random.nextInt(2)],
            1 + random.nextInt(10_000),
            Conflict.values()[random.nextInt(2)],
            random.nextInt(1000)));
  }

  private static byte[] join(byte[] a, byte[] b) {
    return BucketRegister.join(a, b);
  }

  @Test
  void whatIsWrittenIsRead() {
    Random random = new Random(1);
    for (int i = 0; i < 1000; i++) {
      BucketRegister register = register(random);
      assertThat(BucketRegister.decode(register.encode())).isEqualTo(register);
    }
  }

  @Test
  void joiningNeedsNoOrderNoGroupingAndNoCounting() {
    Random random = new Random(2);
    for (int i = 0; i < 2000; i++) {
      byte[] a = register(random).encode();
      byte[] b = register(random).encode();
      byte[] c = register(random).encode();
      assertThat(join(a, a)).isEqualTo(a);
      assertThat(join(a, b)).isEqualTo(join(b, a));
      assertThat(join(a, join(b, c))).isEqualTo(join(join(a, b), c));
    }
  }

  @Test
  void theHigherCounterStands() {
    Random random = new Random(3);
    for (int i = 0; i < 500; i++) {
      BucketProperties one = register(random).properties();
      BucketProperties other = register(random).properties();
      byte[] low = new BucketRegister(300, one).encode();
      byte[] high = new BucketRegister(1 << 20, other).encode();
      assertThat(join(low, high)).isEqualTo(high);
    }
  }

  @Test
  void bytesOfAnythingElseAreRefused() {
    byte[] good = register(new Random(4)).encode();
    List<byte[]> wrong = new ArrayList<>();
    for (int cut = 0; cut < good.length; cut++) {
      wrong.add(Arrays.copyOf(good, cut));
    }
    wrong.add(Arrays.copyOf(good, good.length + 1));
    for (int last = 1; last <= 2; last++) {
      byte[] unknown = good.clone();
      unknown[good.length - last] = 7;
      wrong.add(unknown);
    }
    for (byte[] bytes : wrong) {
      assertThatThrownBy(() -> BucketRegister.decode(bytes)).isInstanceOf(MalformedException.class);
    }
    byte[] format = good.clone();
    format[0] = 9;
    assertThatThrownBy(() -> BucketRegister.decode(format))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("format 9");
  }

  @Test
  void aNumberThatDoesNotFitIsRefusedAndNotCutOff() {
    BucketProperties p = BucketProperties.DEFAULT;
    byte[] good = new BucketRegister(1, p).encode();
    // Format, counter, then n in one byte each: n becomes 2^32 + 3.
    byte[] large = new byte[good.length + 4];
    System.arraycopy(good, 0, large, 0, 2);
    System.arraycopy(
        new byte[] {(byte) 0x83, (byte) 0x80, (byte) 0x80, (byte) 0x80, 0x10}, 0, large, 2, 5);
    System.arraycopy(good, 3, large, 7, good.length - 3);
    assertThatThrownBy(() -> BucketRegister.decode(large)).isInstanceOf(MalformedException.class);
  }
}
