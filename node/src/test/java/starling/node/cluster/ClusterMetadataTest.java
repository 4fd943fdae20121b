package starling.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import starling.node.version.ContextKeys;
import starling.node.version.MalformedException;

class ClusterMetadataTest {
  private static final List<String> NAMES =
      List.of(
          MetadataType.RING.name(),
          MetadataType.CONTEXT_KEYS.name(),
          MetadataType.DEFAULTS.name(),
          MetadataType.BUCKET.of("b"),
          "of-tomorrow");

  private final ClusterMetadata metadata = new ClusterMetadata();
  private final List<String> changes = new ArrayList<>();

  ClusterMetadataTest() {
    for (MetadataType type :
        List.of(
            MetadataType.RING,
            MetadataType.CONTEXT_KEYS,
            MetadataType.DEFAULTS,
            MetadataType.BUCKET,
            MetadataType.HINTS,
            MetadataType.DURABLE_MARKS)) {
      metadata.register(type, (which, value) -> changes.add(type.name() + ":" + which));
    }
  }

  @Test
  void aChangeIsToldToTheListenerOfItsType() {
    metadata.changed("bucket/orders/2026", new byte[0]);
    metadata.changed("ring", new byte[0]);
    metadata.changed("ring/of-tomorrow", new byte[0]);
    assertThat(changes).containsExactly("bucket/:orders/2026", "ring:");
  }

  /** A ring of one node and of so many partitions, as its format says. */
  private static byte[] ring(int partitions, int counter) {
    byte[] head = {1, (byte) partitions, (byte) counter, 1};
    byte[] bytes = Arrays.copyOf(head, head.length + 16 + 6 + 5 * partitions + 1);
    bytes[19] = 7;
    bytes[20] = 1;
    bytes[22] = 1;
    bytes[23] = 100;
    bytes[24] = (byte) counter;
    for (int i = 0; i < partitions; i++) {
      int at = 26 + 5 * i;
      bytes[at] = 1;
      bytes[at + 3] = 1;
      bytes[at + 4] = 1;
    }
    return bytes;
  }

  private static byte[] value(String name, Random random) {
    if (name.equals(MetadataType.RING.name())) {
      return ring(1, 1 + random.nextInt(9));
    }
    if (name.equals(MetadataType.CONTEXT_KEYS.name())) {
      ContextKeys keys = ContextKeys.EMPTY;
      for (int i = random.nextInt(4); i >= 0; i--) {
        keys = keys.withNew(random, random.nextInt(1000));
      }
      return keys.encode();
    }
    if (name.equals("of-tomorrow")) {
      byte[] bytes = new byte[random.nextInt(20)];
      random.nextBytes(bytes);
      return bytes;
    }
    return BucketRegisterTest.register(random).encode();
  }

  @Test
  void joiningNeedsNoOrderNoGroupingAndNoCounting() {
    Random random = new Random(1);
    for (String name : NAMES) {
      for (int i = 0; i < 300; i++) {
        byte[] a = value(name, random);
        byte[] b = value(name, random);
        byte[] c = value(name, random);
        metadata.check(name, a);
        assertThat(metadata.join(name, a, a)).isEqualTo(a);
        byte[] ab = metadata.join(name, a, b);
        assertThat(ab).isEqualTo(metadata.join(name, b, a));
        assertThat(metadata.join(name, a, metadata.join(name, b, c)))
            .isEqualTo(metadata.join(name, ab, c));
        assertThat(metadata.join(name, ab, b)).isEqualTo(ab);
      }
    }
  }

  @Test
  void hostileBytesAreIllegalArgumentsAndNothingElse() {
    long seed = 7;
    Random random = new Random(seed);
    for (String name : NAMES) {
      byte[] good = value(name, random);
      for (int i = 0; i < 5000; i++) {
        byte[] wrong = Arrays.copyOf(value(name, random), random.nextInt(good.length + 3));
        for (int flips = random.nextInt(4); flips > 0 && wrong.length > 0; flips--) {
          wrong[random.nextInt(wrong.length)] = (byte) random.nextInt(256);
        }
        List<Runnable> uses = new ArrayList<>();
        uses.add(() -> metadata.check(name, wrong));
        uses.add(() -> metadata.join(name, good, wrong));
        uses.add(() -> metadata.join(name, wrong, good));
        for (Runnable use : uses) {
          try {
            use.run();
          } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).as("seed %s, %s", seed, name).isNotBlank();
          }
        }
      }
    }
  }

  @Test
  void ringsOfTwoClustersAreNotJoined() {
    metadata.check(MetadataType.RING.name(), ring(1, 1));
    metadata.check(MetadataType.RING.name(), ring(2, 1));
    assertThatThrownBy(() -> metadata.join(MetadataType.RING.name(), ring(1, 1), ring(2, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("two clusters");
  }

  @Test
  void whatIsKeptIsRead() {
    Random random = new Random(3);
    SortedMap<String, byte[]> some = new TreeMap<>();
    for (String name : NAMES) {
      some.put(name, value(name, random));
    }
    byte[] bytes = ClusterMetadata.encode(some);
    SortedMap<String, byte[]> read = ClusterMetadata.decode(bytes);
    assertThat(read.keySet()).isEqualTo(some.keySet());
    some.forEach((name, value) -> assertThat(read.get(name)).isEqualTo(value));
    for (int cut = 0; cut < bytes.length; cut++) {
      byte[] part = Arrays.copyOf(bytes, cut);
      assertThatThrownBy(() -> ClusterMetadata.decode(part)).isInstanceOf(MalformedException.class);
    }
    bytes[0] = 2;
    assertThatThrownBy(() -> ClusterMetadata.decode(bytes)).hasMessageContaining("format 2");
  }
}
