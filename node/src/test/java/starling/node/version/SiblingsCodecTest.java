package starling.node.version;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static starling.node.version.Sample.dot;
import static starling.node.version.Sample.json;
import static starling.node.version.Sample.set;
import static starling.node.version.Sample.texts;
import static starling.node.version.Sample.tombstone;
import static starling.node.version.Sample.version;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SiblingsCodecTest {
  private static final Actor A = new Actor(10, 11);
  private static final Actor B = new Actor(10, 12);

  /** One sibling and one seen dot: the sample of the class comment. */
  private static Siblings small() {
    return Siblings.EMPTY.write(
        new Past(VersionVector.EMPTY, List.of(new Dot(B, 5))),
        new Version(new Dot(A, 7), json("42")));
  }

  /** Everything that the format has. */
  private static Siblings large() {
    byte[] bytes = {0, 1, 2, (byte) 0xFF};
    return small()
        .write(Past.EMPTY, new Version(new Dot(A, 300), Content.bytes(bytes, "image/png", 99_999)))
        .write(Past.EMPTY, new Version(new Dot(A, 301), Content.bytes(bytes, null, 0)))
        .join(Siblings.EMPTY.write(Past.EMPTY, tombstone(-3, 8)))
        .withMark(new IdempotencyRecord(1, 2, new Dot(A, 300), 3, 0))
        .withMark(new IdempotencyRecord(-1, -2, new Dot(A, 301), -3, 299));
  }

  private static String hex(Siblings set) {
    return HexFormat.of().formatHex(SiblingsCodec.encode(set));
  }

  @Test
  void theBytesAreThoseThatAreOnDisksAlready() {
    assertThat(hex(Siblings.EMPTY)).isEqualTo(Golden.text("set-empty"));
    assertThat(SiblingsCodec.encode(large())).hasSize(SiblingsCodec.encodedBytes(large()));
    assertThat(hex(small())).isEqualTo(Golden.text("set-small"));
    assertThat(hex(large())).isEqualTo(Golden.text("set-large"));
    assertThat(Long.toHexString(small().hash())).isEqualTo(Golden.text("hash-small"));
    assertThat(Long.toHexString(large().hash())).isEqualTo(Golden.text("hash-large"));
    byte[] stored = HexFormat.of().parseHex(Golden.text("set-large"));
    assertThat(SiblingsCodec.decode(stored)).isEqualTo(large());
  }

  @Test
  void theSampleOfTheClassCommentIsTrue() {
    assertThat(hex(small()))
        .isEqualTo(
            "02"
                + "01"
                + "000000000000000a000000000000000b"
                + "0000000000000007"
                + "01"
                + "000000000000000a000000000000000c"
                + "0000000000000005"
                + "01"
                + "00"
                + "00"
                + "01"
                + "00"
                + "bf3b345cf384a51b"
                + "023432"
                + "00");
  }

  @Test
  void theEmptySetComesBackAsTheEmptySet() {
    assertThat(SiblingsCodec.decode(SiblingsCodec.encode(Siblings.EMPTY))).isSameAs(Siblings.EMPTY);
  }

  @Test
  void anUnknownFormatIsRefusedWithWords() {
    byte[] bytes = SiblingsCodec.encode(small());
    bytes[0] = 1;
    assertThatThrownBy(() -> SiblingsCodec.decode(bytes))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("format 1")
        .hasMessageContaining("knows format 2");
  }

  @Test
  void tornBytesAreRefusedAtEveryLength() {
    byte[] bytes = SiblingsCodec.encode(large());
    for (int cut = 0; cut < bytes.length; cut++) {
      byte[] torn = Arrays.copyOf(bytes, cut);
      assertThatThrownBy(() -> SiblingsCodec.decode(torn))
          .as("cut at %d", cut)
          .isInstanceOf(MalformedException.class);
    }
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
    assertThatThrownBy(() -> SiblingsCodec.decode(longer)).hasMessageContaining("too many");
  }

  @Test
  void whateverIsAcceptedIsInTheOnlyFormOfItsSet() {
    byte[] bytes = SiblingsCodec.encode(large());
    for (int bit = 0; bit < 8 * bytes.length; bit++) {
      byte[] changed = bytes.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      acceptedOnlyInCanonicalForm(changed, "bit " + bit);
    }
    Random random = new Random(3);
    for (int i = 0; i < 20_000; i++) {
      byte[] mixed = bytes.clone();
      for (int k = 1 + random.nextInt(4); k > 0; k--) {
        mixed[random.nextInt(mixed.length)] = (byte) random.nextInt(256);
      }
      acceptedOnlyInCanonicalForm(mixed, "mix " + i);
    }
  }

  private static void acceptedOnlyInCanonicalForm(byte[] bytes, String where) {
    try {
      Siblings set = SiblingsCodec.decode(bytes);
      assertThat(SiblingsCodec.encode(set)).as(where).isEqualTo(bytes);
      assertThat(set.versions()).allMatch(version -> set.vector().covers(version.dot()));
    } catch (MalformedException e) {
      assertThat(e.getMessage()).as(where).isNotBlank();
    }
  }

  @Test
  void aHostileCountTakesNoMemory() {
    for (String claim : List.of("ffffffffffffffff7f", "ffffffff07", "808080800f")) {
      for (String before : List.of("02", "0200", "020000", "02000000")) {
        byte[] bytes = HexFormat.of().parseHex(before + claim);
        assertThatThrownBy(() -> SiblingsCodec.decode(bytes))
            .isInstanceOf(MalformedException.class)
            .hasMessageContaining("bytes are left");
      }
    }
  }

  @Test
  void aDamagedValueIsRefused() {
    byte[] bytes = SiblingsCodec.encode(small());
    bytes[bytes.length - 2] = '3';
    assertThatThrownBy(() -> SiblingsCodec.decode(bytes)).hasMessageContaining("checksum");
  }

  @Test
  void aSetIsReadOutOfTheMiddleOfAMessage() {
    BinaryWriter out = new BinaryWriter();
    out.u8(9).text("key");
    SiblingsCodec.write(out, large());
    SiblingsCodec.write(out, small());
    PastCodec.writePast(out, large().past());
    out.i32(-5);
    ByteBuffer buffer = out.toBuffer().order(ByteOrder.LITTLE_ENDIAN);
    BinaryReader in = new BinaryReader(buffer);
    assertThat(in.u8("kind")).isEqualTo(9);
    assertThat(in.text("key")).isEqualTo("key");
    assertThat(SiblingsCodec.read(in)).isEqualTo(large());
    assertThat(SiblingsCodec.read(in)).isEqualTo(small());
    assertThat(PastCodec.readPast(in)).isEqualTo(large().past());
    assertThat(in.i32("number")).isEqualTo(-5);
    in.end("the message");
    assertThat(buffer.position()).as("the buffer is not moved").isZero();
  }

  @Test
  void aDirectBufferIsReadLikeAnyOther() {
    byte[] bytes = SiblingsCodec.encode(large());
    ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    assertThat(SiblingsCodec.decode(direct)).isEqualTo(large());
  }

  @Test
  void varintsHaveOneFormAndEndInTime() {
    for (long value : new long[] {0, 1, 127, 128, 16_383, 16_384, Long.MAX_VALUE}) {
      BinaryWriter out = new BinaryWriter().varint(value);
      assertThat(new BinaryReader(out.toBytes()).varint("it")).isEqualTo(value);
    }
    assertThat(varintFault("8000")).contains("shortest form");
    assertThat(varintFault("ffffffffffffffffff7f")).contains("more than 63 bits");
    assertThat(varintFault("ff")).contains("needs 1 bytes");
  }

  private static String varintFault(String hex) {
    BinaryReader in = new BinaryReader(HexFormat.of().parseHex(hex));
    return catchThrowable(() -> in.varint("it")).getMessage();
  }

  @Test
  void textThatIsNotUtf8IsRefused() {
    byte[] bytes = {2, (byte) 0xC3, 0x28};
    assertThatThrownBy(() -> new BinaryReader(bytes).text("a name"))
        .hasMessageContaining("a name is not UTF-8");
  }

  @Test
  void idempotencyRecordsMergeByUnionInAnyOrder() {
    Siblings a = small();
    Siblings b = small();
    for (int i = 0; i < 100; i++) {
      IdempotencyRecord mark = new IdempotencyRecord(i, i, dot(1, i + 1), i, i);
      a = i % 2 == 0 ? a.withMark(mark) : a;
      b = i % 3 == 0 ? b.withMark(mark) : b;
    }
    Siblings both = a.join(b);
    assertThat(both).isEqualTo(b.join(a));
    assertThat(both.join(a)).isSameAs(both);
    assertThat(both.marks()).hasSize(50 + 34 - 17);
    assertThat(both.hash()).as("they stand outside the hash").isEqualTo(small().hash());
    assertThat(both.sameVersions(small())).isTrue();
    assertThat(both).isNotEqualTo(small());
    assertThat(SiblingsCodec.decode(SiblingsCodec.encode(both)).marks()).isEqualTo(both.marks());
    Siblings later = both.withoutMarks(Set.copyOf(both.marks().subList(0, 60)));
    assertThat(later.marks()).isEqualTo(both.marks().subList(60, 67));
    assertThat(later.write(later.past(), version(1, 900, "new")).marks()).isEqualTo(later.marks());
  }

  @Test
  void aRecordThatHidesAVersionStaysAndIsPartOfTheHash() {
    IdempotencyRecord low = new IdempotencyRecord(1, 2, dot(1, 10), 3, 0);
    IdempotencyRecord high = new IdempotencyRecord(1, 2, dot(2, 11), 3, 0);
    Siblings plain = set(1, 10, "x").join(set(2, 11, "x"));
    Siblings twins = plain.withMark(low).withMark(high);
    assertThat(plain.values()).hasSize(2);
    assertThat(twins.values()).extracting(Version::dot).containsExactly(dot(1, 10));
    assertThat(twins.siblings()).isEqualTo(1);
    assertThat(twins.bytes()).isEqualTo(1);
    assertThat(twins.hash()).isNotEqualTo(plain.hash());
    assertThat(twins.sameVersions(plain)).isFalse();
    assertThat(twins.withoutMarks(Set.of(low, high))).isSameAs(twins);
    Siblings written = twins.write(Past.EMPTY.with(dot(2, 11)), version(3, 12, "y"));
    assertThat(texts(written)).containsExactly("y");
    assertThat(written.withoutMarks(Set.of(low)).marks()).as("both or none").hasSize(2);
    assertThat(written.withoutMarks(Set.of(low, high)).marks()).isEmpty();
  }

  @Test
  void eventsOfOneRequestThatAreTenMinutesApartAreNoTwins() {
    for (long apart :
        List.of(IdempotencyRecord.WINDOW_MILLIS - 1, IdempotencyRecord.WINDOW_MILLIS)) {
      long first = 1_000_000L << HybridClock.LOGICAL_BITS;
      long second = first + (apart << HybridClock.LOGICAL_BITS);
      Siblings a = set(1, first, "x").withMark(new IdempotencyRecord(1, 2, dot(1, first), 3, 0));
      Siblings b = set(2, second, "x").withMark(new IdempotencyRecord(1, 2, dot(2, second), 3, 0));
      int shown = apart < IdempotencyRecord.WINDOW_MILLIS ? 1 : 2;
      assertThat(a.join(b).values()).hasSize(shown);
      Siblings replaced = b.write(b.past(), version(2, second + 1, "y"));
      assertThat(a.join(replaced).values()).hasSize(shown);
    }
  }
}
