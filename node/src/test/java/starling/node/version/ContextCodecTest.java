package starling.node.version;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static starling.node.version.Sample.dot;
import static starling.node.version.Sample.set;
import static starling.node.version.Sample.texts;
import static starling.node.version.Sample.version;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Contexts are opaque, compact and bound to their key. */
class ContextCodecTest {
  private static final long NOW = 1_795_000_000_000L;
  private static final UUID CLUSTER = new UUID(1, 2);
  private static final ContextScope SCOPE = scope(CLUSTER, "default", 1, "k");

  private final ContextKeys keys = ContextKeys.EMPTY.withNew(new Random(1), NOW);
  private final ContextCodec codec = new ContextCodec(keys);

  private static ContextScope scope(UUID cluster, String bucket, long creation, String key) {
    return new ContextScope(cluster, bucket, creation, key.getBytes(StandardCharsets.UTF_8));
  }

  private static Past ok(DecodedContext decoded) {
    assertThat(decoded).isInstanceOf(DecodedContext.Ok.class);
    return ((DecodedContext.Ok) decoded).context().past();
  }

  private static String invalid(DecodedContext decoded) {
    assertThat(decoded).isInstanceOf(DecodedContext.Invalid.class);
    return ((DecodedContext.Invalid) decoded).reason();
  }

  private static Past random(Random random, int most) {
    List<Dot> entries = new ArrayList<>();
    List<Dot> dots = new ArrayList<>();
    for (int i = random.nextInt(most + 1); i > 0; i--) {
      Actor actor = new Actor(random.nextLong(), random.nextLong());
      long counter = (NOW + random.nextInt(1_000_000)) << 16 | random.nextInt(5);
      if (random.nextBoolean()) {
        entries.add(new Dot(actor, counter));
      }
      if (random.nextBoolean()) {
        dots.add(new Dot(actor, counter + 7));
        dots.add(new Dot(actor, counter + 9));
      }
    }
    return new Past(VersionVector.of(entries), dots);
  }

  @Test
  void whatComesBackIsWhatWasGiven() {
    for (int seed = 0; seed < 2_000; seed++) {
      Past past = random(new Random(seed), 12);
      String context = codec.encode(Context.of(past), List.of(), SCOPE, NOW);
      assertThat(context).as("seed %d", seed).matches("[A-Za-z0-9_-]*");
      assertThat(ok(codec.decode(context, SCOPE))).as("seed %d", seed).isEqualTo(past);
    }
  }

  /** Of events under vector entries and of single dots. */
  private static Context withMarks(Random random, Past past) {
    List<IdempotencyRecord> marks = new ArrayList<>();
    List<Dot> events = new ArrayList<>(past.dots());
    past.vector()
        .forEach(
            (high, low, counter) ->
                events.add(new Dot(new Actor(high, low), counter - random.nextInt(1 << 20))));
    for (Dot event : events) {
      long replaced = random.nextBoolean() ? 0 : event.counter() - 1 - random.nextInt(1 << 20);
      marks.add(
          new IdempotencyRecord(
              random.nextLong(), random.nextLong(), event, random.nextLong(), replaced));
    }
    marks.sort(null);
    return new Context(past, marks);
  }

  @Test
  void idempotencyRecordsComeBackAsTheyWereGiven() {
    int most = 0;
    for (int seed = 0; seed < 2_000; seed++) {
      Random random = new Random(seed);
      Context given = withMarks(random, random(random, 8));
      String context = codec.encode(given, List.of(), SCOPE, NOW);
      DecodedContext decoded = codec.decode(context, SCOPE);
      assertThat(decoded).as("seed %d", seed).isEqualTo(new DecodedContext.Ok(given));
      most = Math.max(most, given.marks().size());
    }
    assertThat(most).isEqualTo(Context.MAX_MARKS);
  }

  @Test
  void oneIdempotencyRecordMakesAContextAThirdLonger() {
    Dot made = dot(2, (NOW + 9) << 16);
    Past past = Past.of(VersionVector.of(dot(1, NOW << 16), made, dot(3, NOW)));
    IdempotencyRecord mark = new IdempotencyRecord(-1, -1, made, -1, NOW << 16);
    String plain = codec.encode(Context.of(past), List.of(), SCOPE, NOW);
    String marked = codec.encode(new Context(past, List.of(mark)), List.of(), SCOPE, NOW);
    assertThat(marked.length() - plain.length()).isLessThan(45);
  }

  @Test
  void whatDoesNotFitLosesItsIdempotencyRecordsFirst() {
    List<Dot> dots = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      dots.add(dot(1 + i, (NOW + i) << 16));
    }
    Past past = Past.of(VersionVector.of(dots.toArray(Dot[]::new)));
    List<IdempotencyRecord> marks = new ArrayList<>();
    for (Dot dot : dots) {
      marks.add(new IdempotencyRecord(1, 2, dot, 3, 0));
    }
    String context = codec.encode(new Context(past, marks), List.of(), SCOPE, NOW);
    assertThat(context.length()).isLessThanOrEqualTo(ContextCodec.MAX_CHARACTERS);
    assertThat(codec.decode(context, SCOPE)).isEqualTo(new DecodedContext.Ok(Context.of(past)));
  }

  @Test
  void anIdempotencyRecordOfAnEventThatWasNotSeenIsNotTakenOver() {
    Past past = Past.of(VersionVector.of(dot(1, 10)));
    IdempotencyRecord seen = new IdempotencyRecord(1, 2, dot(1, 9), 3, 0);
    IdempotencyRecord other = new IdempotencyRecord(1, 2, dot(2, 9), 3, 0);
    assertThat(new Context(past, List.of(seen, other)).marks()).containsExactly(seen);
  }

  @Test
  void theEmptyStringHasSeenNothing() {
    assertThat(codec.encode(Context.of(Past.EMPTY), List.of(), SCOPE, NOW)).isEmpty();
    assertThat(ok(codec.decode("", SCOPE))).isEqualTo(Past.EMPTY);
  }

  @Test
  void aContextOfThreeReplicasIsShort() {
    Past past = Past.of(VersionVector.of(dot(1, NOW << 16), dot(2, (NOW + 9) << 16), dot(3, NOW)));
    assertThat(codec.encode(Context.of(past), List.of(), SCOPE, NOW).length()).isLessThan(140);
  }

  @Test
  void aContextOfAnotherKeyBucketCreationOrClusterIsRefused() {
    String context = codec.encode(set(1, 10, "a"), SCOPE, NOW);
    List<ContextScope> others =
        List.of(
            scope(CLUSTER, "default", 1, "l"),
            scope(CLUSTER, "default", 1, ""),
            scope(CLUSTER, "defaultk", 1, ""),
            scope(CLUSTER, "other", 1, "k"),
            scope(CLUSTER, "default", 2, "k"),
            scope(new UUID(1, 3), "default", 1, "k"));
    for (ContextScope other : others) {
      assertThat(invalid(codec.decode(context, other))).contains("not issued for this key");
    }
    assertThat(ok(codec.decode(context, SCOPE))).isEqualTo(set(1, 10, "a").past());
  }

  @Test
  void aContextWithAnyBitChangedIsNeverAccepted() {
    String context = codec.encode(set(1, 10, "a"), SCOPE, NOW);
    byte[] bytes = Base64.getUrlDecoder().decode(context);
    for (int bit = 0; bit < 8 * bytes.length; bit++) {
      byte[] changed = bytes.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      String forged = Base64.getUrlEncoder().withoutPadding().encodeToString(changed);
      assertThat(codec.decode(forged, SCOPE))
          .as("bit %d", bit)
          .isNotInstanceOf(DecodedContext.Ok.class);
    }
  }

  @Test
  void nonsenseIsRefusedWithWords() {
    assertThat(invalid(codec.decode("AQ", SCOPE))).contains("not a context");
    assertThat(invalid(codec.decode("ä", SCOPE))).contains("not a context");
    assertThat(invalid(codec.decode("AQ==", SCOPE))).contains("not a context");
    assertThat(invalid(codec.decode("a".repeat(2049), SCOPE))).contains("at most 2048");
    assertThat(invalid(codec.decode("_".repeat(100), SCOPE))).contains("unknown format 255");
    Random random = new Random(5);
    for (int i = 0; i < 5_000; i++) {
      byte[] bytes = new byte[random.nextInt(200)];
      random.nextBytes(bytes);
      String text = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
      if (!text.isEmpty()) {
        assertThat(codec.decode(text, SCOPE)).isNotInstanceOf(DecodedContext.Ok.class);
      }
    }
  }

  @Test
  void aContextOfAnUnknownKeyIsNotTheClientsFault() {
    ContextKeys other = ContextKeys.EMPTY.withNew(new Random(2), NOW);
    String context = new ContextCodec(other).encode(set(1, 10, "a"), SCOPE, NOW);
    int id = other.keys().get(0).id();
    assertThat(codec.decode(context, SCOPE)).isEqualTo(new DecodedContext.UnknownKey(id));

    codec.keys(codec.keys().join(other, NOW));
    assertThat(ok(codec.decode(context, SCOPE))).isEqualTo(set(1, 10, "a").past());
    String outcome =
        codec.decode(context, SCOPE).match(ok -> "ok", invalid -> "invalid", unknown -> "unknown");
    assertThat(outcome).isEqualTo("ok");
  }

  @Test
  void withoutAnyKeyNothingIsSigned() {
    assertThatThrownBy(
            () -> new ContextCodec(ContextKeys.EMPTY).encode(set(1, 10, "a"), SCOPE, NOW))
        .hasMessageContaining("no key to sign contexts");
  }

  @Test
  void whatDoesNotFitIsCutAndClaimsLessNeverMore() {
    for (int seed = 0; seed < 50; seed++) {
      Random random = new Random(seed);
      Past past = random(random, 400);
      List<Dot> all = new ArrayList<>(past.dots());
      for (int i = 0; i < past.vector().size(); i++) {
        all.add(new Dot(past.vector().actor(i), past.vector().counterAt(i)));
      }
      Collections.shuffle(all, random);
      List<Dot> standing = all.subList(0, Math.min(20, all.size()));
      String context = codec.encode(Context.of(past), standing, SCOPE, NOW);
      assertThat(context.length()).as("seed %d", seed).isLessThanOrEqualTo(2048);
      Past cut = ok(codec.decode(context, SCOPE));
      assertThat(past.covers(cut)).as("seed %d", seed).isTrue();
      assertThat(standing).as("seed %d", seed).allMatch(cut::covers);
      if (all.size() > 100) {
        assertThat(context.length()).as("not cut too far").isGreaterThan(1800);
      }
    }
  }

  @Test
  void ofWhatDoesNotStandTheNewestIsKept() {
    List<Dot> entries = new ArrayList<>();
    for (int i = 1; i <= 500; i++) {
      entries.add(dot(i, (NOW + i) << 16));
    }
    Past past = Past.of(VersionVector.of(entries));
    Past cut =
        ok(
            codec.decode(
                codec.encode(Context.of(past), List.of(entries.get(0)), SCOPE, NOW), SCOPE));
    assertThat(cut.covers(entries.get(0))).as("the oldest stands").isTrue();
    int kept = cut.vector().size();
    for (int i = 1; i < 500; i++) {
      assertThat(cut.covers(entries.get(i))).isEqualTo(i > 500 - kept);
    }
  }

  @Test
  void aCutContextLeavesASiblingAndLosesNothing() {
    Siblings set = set(1, 10, "shown").join(set(2, 20, "left out"));
    Past cut = ContextCut.mostWorth(set.past(), List.of(dot(1, 10)), 1);
    assertThat(texts(set.write(cut, version(1, 30, "new")))).containsExactly("left out", "new");
  }

  @Test
  void theSameContextIsAlwaysTheSameText() {
    ContextKey key = new ContextKey(9, new byte[32], NOW);
    ContextCodec fixed = new ContextCodec(ContextKeys.EMPTY.with(key, NOW));
    Past past = new Past(VersionVector.of(dot(1, 7)), List.of(dot(2, 5)));
    Context context = new Context(past, List.of(new IdempotencyRecord(2, 3, dot(1, 6), 4, 4)));
    assertThat(fixed.encode(context, List.of(), SCOPE, NOW)).isEqualTo(Golden.text("context"));
  }
}
