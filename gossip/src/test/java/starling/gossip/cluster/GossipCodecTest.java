package starling.gossip.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import starling.gossip.Address;
import starling.gossip.GossipFormatException;
import starling.gossip.ProcessIncarnation;
import starling.sim.SplitMix;

class GossipCodecTest {
  private static final String SAMPLE =
      "0305"
          + "0470726f64"
          + "00"
          + "00000000000000000000000000000007"
          + "03"
          + "000000000000002a"
          + "033a3a31"
          + "8a3e";

  @Test
  void theSampleInTheCommentIsWhatIsWritten() {
    Header header =
        new Header(
            "prod",
            null,
            new UUID(0, 7),
            new ProcessIncarnation(3, 42),
            Address.parse("[::1]:7946"));
    GossipMessage message = new GossipMessage.Rejected(header);
    assertThat(HexFormat.of().formatHex(GossipCodec.encode(message))).isEqualTo(SAMPLE);
    assertThat(GossipCodec.decode(HexFormat.of().parseHex(SAMPLE))).isEqualTo(message);
  }

  @Test
  void everyMessageComesBackAsItWas() {
    for (long seed = 1; seed <= 400; seed++) {
      GossipMessage message = message(new SplitMix(seed));
      byte[] bytes = GossipCodec.encode(message);
      GossipMessage back = GossipCodec.decode(bytes);
      assertThat(GossipCodec.encode(back)).as("seed %d", seed).isEqualTo(bytes);
      assertThat(back).as("seed %d", seed).usingRecursiveComparison().isEqualTo(message);
    }
  }

  @Test
  void anUnknownVersionIsRefusedWithWords() {
    byte[] bytes = HexFormat.of().parseHex(SAMPLE);
    bytes[0] = 2;
    assertThatExceptionOfType(GossipFormatException.class)
        .isThrownBy(() -> GossipCodec.decode(bytes))
        .withMessage("gossip of version 2, this program reads version 3");
  }

  @Test
  void anythingCutOffOrTooLongIsRefused() {
    for (long seed = 1; seed <= 100; seed++) {
      byte[] bytes = GossipCodec.encode(message(new SplitMix(seed)));
      for (int length = 0; length < bytes.length; length += 1 + length / 50) {
        byte[] cut = Arrays.copyOf(bytes, length);
        assertThatExceptionOfType(GossipFormatException.class)
            .as("seed %d, %d of %d bytes", seed, length, bytes.length)
            .isThrownBy(() -> GossipCodec.decode(cut));
      }
      byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
      assertThatExceptionOfType(GossipFormatException.class)
          .isThrownBy(() -> GossipCodec.decode(longer));
    }
  }

  @Test
  void spoiltBytesAreRefusedOrReadButNeverAnythingElse() {
    int refused = 0;
    for (long seed = 1; seed <= 5_000; seed++) {
      SplitMix random = new SplitMix(seed);
      byte[] bytes = GossipCodec.encode(message(new SplitMix(seed % 200 + 1)));
      for (int i = random.nextInt(1, 5); i > 0; i--) {
        bytes[random.nextInt(1, bytes.length)] = (byte) random.nextInt();
      }
      try {
        GossipCodec.encode(GossipCodec.decode(bytes));
      } catch (GossipFormatException words) {
        assertThat(words.getMessage()).isNotEmpty();
        refused++;
      }
    }
    assertThat(refused).isBetween(1, 4_999);
  }

  @Test
  void hugeCountsAllocateNothing() {
    Header header =
        new Header("c", null, new UUID(0, 7), new ProcessIncarnation(0, 0), new Address("h", 1));
    byte[] start = GossipCodec.encode(new GossipMessage.Rejected(header));
    for (String tail : List.of("a020", "ffffffffffffffff7f", "8180808000", "01")) {
      byte[] rest = HexFormat.of().parseHex(tail);
      byte[] bytes = Arrays.copyOf(start, start.length + rest.length);
      bytes[1] = 4;
      System.arraycopy(rest, 0, bytes, start.length, rest.length);
      assertThatExceptionOfType(GossipFormatException.class)
          .isThrownBy(() -> GossipCodec.decode(bytes));
    }
  }

  @Test
  void aMessageThatIsTooLongIsNotLookedAt() {
    assertThatExceptionOfType(GossipFormatException.class)
        .isThrownBy(() -> GossipCodec.decode(new byte[GossipCodec.MAX_MESSAGE_BYTES + 1]))
        .withMessageContaining("at most");
  }

  private static GossipMessage message(SplitMix random) {
    Header header =
        new Header(
            text(random, 1, 20),
            random.nextBoolean()
                ? new ClusterIdentity(id(random), random.nextLong(1L << 45), id(random))
                : null,
            id(random),
            life(random),
            address(random));
    return switch (random.nextInt(6)) {
      case 0 -> new GossipMessage.ClusterQuery(header, address(random));
      case 1 -> new GossipMessage.ClusterInfo(header, address(random), facts(random));
      case 2 -> new GossipMessage.Digest(header, random.nextLong());
      case 3 -> delta(header, random);
      case 4 -> new GossipMessage.Carried(header, blob(random));
      default -> new GossipMessage.Rejected(header);
    };
  }

  private static GossipMessage.Delta delta(Header header, SplitMix random) {
    SortedMap<String, Long> hashes = random.nextBoolean() ? new TreeMap<>() : null;
    for (int i = random.nextInt(4); i > 0 && hashes != null; i--) {
      hashes.put(text(random, 1, 40), random.nextLong());
    }
    SortedMap<String, byte[]> facts = facts(random);
    SortedSet<String> names = new TreeSet<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      names.add(text(random, 1, 40));
    }
    return new GossipMessage.Delta(header, hashes, facts, names);
  }

  private static SortedMap<String, byte[]> facts(SplitMix random) {
    SortedMap<String, byte[]> facts = new TreeMap<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      facts.put(text(random, 1, 40), blob(random));
    }
    return facts;
  }

  private static byte[] blob(SplitMix random) {
    byte[] bytes = new byte[random.nextInt(200)];
    random.nextBytes(bytes);
    return bytes;
  }

  private static UUID id(SplitMix random) {
    return new UUID(random.nextLong(), random.nextLong());
  }

  private static ProcessIncarnation life(SplitMix random) {
    return new ProcessIncarnation(random.nextLong(1L << random.nextInt(1, 48)), random.nextLong());
  }

  private static Address address(SplitMix random) {
    String host =
        random.nextBoolean() ? "::" + random.nextInt(1, 9_999) : "host" + random.nextInt(9);
    return new Address(host, random.nextInt(65_536));
  }

  private static String text(SplitMix random, int least, int most) {
    String letters = "abcXYZ019-./äß漢字";
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(least, most + 1); i > 0; i--) {
      text.append(letters.charAt(random.nextInt(letters.length())));
    }
    return text.toString();
  }
}
