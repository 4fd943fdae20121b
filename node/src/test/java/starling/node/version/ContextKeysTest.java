package starling.node.version;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The ring of keys that contexts are signed with. */
class ContextKeysTest {
  private static final long NOW = 1_795_000_000_000L;
  private static final long MINUTE = 60_000;
  private static final long DAY = 24 * 60 * MINUTE;

  private static ContextKey key(int id, long created) {
    byte[] secret = new byte[32];
    Arrays.fill(secret, (byte) id);
    return new ContextKey(id, secret, created);
  }

  @Test
  void theNewestKeyHeldForTenMinutesSigns() {
    ContextKeys ring = ContextKeys.EMPTY.with(key(1, NOW), NOW).with(key(2, NOW + DAY), NOW + DAY);
    assertThat(ring.signing(NOW + DAY + 9 * MINUTE).id()).isEqualTo(1);
    assertThat(ring.signing(NOW + DAY + 10 * MINUTE).id()).isEqualTo(2);
  }

  @Test
  void whereNoKeyIsThatOldTheOldestSigns() {
    ContextKeys ring = ContextKeys.EMPTY.with(key(2, NOW + 5), NOW + 5).with(key(1, NOW), NOW + 6);
    assertThat(ring.signing(NOW + MINUTE).id()).isEqualTo(1);
  }

  @Test
  void whatCountsIsHowLongAKeyWasHeldNotHowOldItIs() {
    ContextKeys mine = ContextKeys.EMPTY.with(key(1, NOW), NOW);
    ContextKeys peer = ContextKeys.EMPTY.with(key(2, NOW + MINUTE), NOW + MINUTE);
    long late = NOW + 5 * DAY;
    ContextKeys both = mine.join(peer, late);
    assertThat(both.signing(late + MINUTE).id()).isEqualTo(1);
    assertThat(both.join(peer, late + 9 * MINUTE).signing(late + 10 * MINUTE).id()).isEqualTo(2);
  }

  @Test
  void ringsThatMeetBecomeTheirUnion() {
    ContextKeys a = ContextKeys.EMPTY.with(key(1, NOW), NOW).with(key(2, NOW), NOW);
    ContextKeys b = ContextKeys.EMPTY.with(key(2, NOW), NOW).with(key(3, NOW), NOW);
    ContextKeys c = ContextKeys.EMPTY.with(key(-4, NOW), NOW);
    assertThat(a.join(b, NOW)).isEqualTo(b.join(a, NOW));
    assertThat(a.join(b, NOW).join(c, NOW)).isEqualTo(a.join(b.join(c, NOW), NOW));
    assertThat(a.join(a, NOW)).isSameAs(a);
    assertThat(a.join(b, NOW).keys()).extracting(ContextKey::id).containsExactly(1, 2, 3);
  }

  @Test
  void ofTwoKeysWithOneIdEveryNodeKeepsTheSame() {
    ContextKeys a = ContextKeys.EMPTY.with(key(1, NOW), NOW);
    ContextKeys b = ContextKeys.EMPTY.with(key(1, NOW + 1), NOW);
    assertThat(a.join(b, NOW)).isEqualTo(b.join(a, NOW)).isEqualTo(b);
  }

  @Test
  void aKeyIsForgottenAfterNinetyDaysButNeverTheLast() {
    ContextKeys ring = ContextKeys.EMPTY.with(key(1, NOW), NOW).with(key(2, NOW + DAY), NOW + DAY);
    assertThat(ring.pruned(NOW + 90 * DAY)).isSameAs(ring);
    assertThat(ring.pruned(NOW + 90 * DAY + 1).keys()).containsExactly(key(2, NOW + DAY));
    assertThat(ring.pruned(NOW + 999 * DAY).keys()).containsExactly(key(2, NOW + DAY));
  }

  @Test
  void aNewKeyIsDueOnceADay() {
    assertThat(ContextKeys.EMPTY.renewalDue(NOW)).isTrue();
    ContextKeys ring = ContextKeys.EMPTY.withNew(new Random(1), NOW);
    assertThat(ring.renewalDue(NOW + DAY)).isFalse();
    assertThat(ring.renewalDue(NOW + DAY + 1)).isTrue();
    assertThat(ring.withNew(new Random(1), NOW).size()).as("another id").isEqualTo(2);
  }

  @Test
  void encodingKeepsTheKeysAndTheirOrder() {
    ContextKeys ring = ContextKeys.EMPTY.with(key(9, 1000), NOW).with(key(-1, 2000), NOW);
    byte[] bytes = ring.encode();
    assertThat(ContextKeys.decode(bytes, 0)).isEqualTo(ring);
    assertThat(HexFormat.of().formatHex(bytes)).isEqualTo(Golden.text("context-keys"));
    assertThat(ContextKeys.decode(ContextKeys.EMPTY.encode(), 0)).isEqualTo(ContextKeys.EMPTY);
    byte[] later = bytes.clone();
    later[0] = 2;
    assertThatThrownBy(() -> ContextKeys.decode(later, 0)).hasMessageContaining("in format 2");
    for (int cut = 0; cut < bytes.length; cut++) {
      byte[] torn = Arrays.copyOf(bytes, cut);
      assertThatThrownBy(() -> ContextKeys.decode(torn, 0)).isInstanceOf(MalformedException.class);
    }
  }

  @Test
  void noTextShowsASecret() {
    ContextKey key = key(0x5A, NOW);
    assertThat(key.toString()).doesNotContain("5a5a");
    assertThat(ContextKeys.EMPTY.with(key, NOW).toString()).doesNotContain("5a");
  }
}
