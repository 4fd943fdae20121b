package starling.node.version;

import static org.assertj.core.api.Assertions.assertThat;
import static starling.node.version.Limits.Decision.TAKEN;
import static starling.node.version.Limits.Decision.TOO_MANY_BYTES;
import static starling.node.version.Limits.Decision.TOO_MANY_SIBLINGS;
import static starling.node.version.Sample.dot;
import static starling.node.version.Sample.tombstone;
import static starling.node.version.Sample.version;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Limits apply to clients, never to merges. */
class LimitsTest {
  private static Siblings side(int actor, int siblings) {
    Siblings set = Siblings.EMPTY;
    for (int i = 1; i <= siblings; i++) {
      set = set.write(Past.EMPTY, version(actor, i, actor + "/" + i));
    }
    return set;
  }

  private static Version big(int actor, long counter, int bytes) {
    return new Version(dot(actor, counter), Content.bytes(new byte[bytes], null, 0));
  }

  @Test
  void threeSidesThatMadeAHundredAndFiftySiblingsComeTogether() {
    Siblings a = side(1, 50);
    Siblings b = side(2, 50);
    Siblings c = side(3, 50);
    Siblings healed = a.join(b).join(c);
    assertThat(healed.versions()).hasSize(150);
    assertThat(healed).isEqualTo(c.join(b.join(a)));
    assertThat(healed.vector().size()).isEqualTo(3);

    Siblings more = healed.write(Past.EMPTY, version(1, 99, "more"));
    assertThat(Limits.check(healed, more)).isEqualTo(TOO_MANY_SIBLINGS);
    Siblings partly = healed.write(a.past(), version(1, 99, "partly"));
    assertThat(Limits.check(healed, partly)).isEqualTo(TAKEN);
    Siblings resolved = healed.write(healed.past(), version(1, 99, "resolved"));
    assertThat(Limits.check(healed, resolved)).isEqualTo(TAKEN);
    assertThat(resolved.versions()).hasSize(1);
  }

  @Test
  void theSixtyFourthSiblingIsTakenAndTheNextIsNot() {
    Siblings set = side(1, 63);
    Siblings full = set.write(Past.EMPTY, version(1, 64, "64"));
    assertThat(Limits.check(set, full)).isEqualTo(TAKEN);
    Siblings over = full.write(Past.EMPTY, version(1, 65, "65"));
    assertThat(Limits.check(full, over)).isEqualTo(TOO_MANY_SIBLINGS);
    Siblings deleted = full.write(Past.EMPTY, tombstone(1, 65));
    assertThat(Limits.check(full, deleted))
        .as("a tombstone stands too")
        .isEqualTo(TOO_MANY_SIBLINGS);
    Past last = Past.EMPTY.with(dot(1, 64));
    assertThat(Limits.check(full, full.write(last, version(1, 65, "again")))).isEqualTo(TAKEN);
  }

  @Test
  void bytesAreLimitedLikewise() {
    Siblings set = Siblings.EMPTY;
    for (int i = 1; i <= 16; i++) {
      set = set.write(Past.EMPTY, big(1, i, 1 << 20));
    }
    assertThat(set.bytes()).isEqualTo(Limits.MAX_BYTES);
    Siblings over = set.write(Past.EMPTY, big(1, 20, 1));
    assertThat(Limits.check(set, over)).isEqualTo(TOO_MANY_BYTES);
    assertThat(Limits.check(set, set.write(Past.EMPTY.with(dot(1, 16)), big(1, 20, 1 << 20))))
        .as("as much as before")
        .isEqualTo(TAKEN);
    assertThat(Limits.check(set, set.write(set.past(), big(1, 20, 17 << 20))))
        .as("it stands alone")
        .isEqualTo(TAKEN);
    Past two = new Past(VersionVector.EMPTY, List.of(dot(1, 15), dot(1, 16)));
    assertThat(Limits.check(set, set.write(two, big(1, 20, 3 << 20))))
        .as("it leaves fewer")
        .isEqualTo(TAKEN);
  }
}
