package starling.node.version;

import static org.assertj.core.api.Assertions.assertThat;
import static starling.node.version.Sample.set;
import static starling.node.version.Sample.texts;
import static starling.node.version.Sample.tombstone;
import static starling.node.version.Sample.version;

import org.junit.jupiter.api.Test;

/** A delete is a version like any other, and never shown as one. */
class TombstoneTest {
  @Test
  void aTombstoneIsNeverShownAsASiblingAndTheContextCoversIt() {
    Siblings value = set(1, 10, "value");
    Siblings both = value.join(Siblings.EMPTY.write(Past.EMPTY, tombstone(2, 11)));
    assertThat(both.versions()).hasSize(2);
    assertThat(texts(both)).containsExactly("value");
    assertThat(both.deleted()).isFalse();
    assertThat(both.past().covers(Sample.dot(2, 11))).isTrue();
    Siblings next = both.write(both.past(), version(1, 12, "next"));
    assertThat(next.versions()).as("the tombstone is replaced").hasSize(1);
  }

  @Test
  void aSetOfTombstonesOnlyIsDeletedAndNotEmpty() {
    Siblings deleted = set(1, 10, "value").write(set(1, 10, "value").past(), tombstone(1, 11));
    Siblings two = deleted.join(Siblings.EMPTY.write(Past.EMPTY, tombstone(2, 5)));
    assertThat(two.versions()).hasSize(2);
    assertThat(two.values()).isEmpty();
    assertThat(two.deleted()).isTrue();
    assertThat(two.isEmpty()).isFalse();
    assertThat(Siblings.EMPTY.deleted()).isFalse();
    assertThat(Siblings.EMPTY.isEmpty()).isTrue();
  }

  @Test
  void anOldTombstoneThatComesLateDoesNotBeatAKeyThatWasCreatedAnew() {
    Siblings first = set(1, 10, "first");
    Siblings deleted = first.write(first.past(), tombstone(2, 11));
    Siblings anew = deleted.write(deleted.past(), version(3, 12, "anew"));
    assertThat(texts(anew.join(deleted).join(first))).containsExactly("anew");
    // Not even where the writer knew nothing of the delete.
    Siblings blind = set(3, 12, "anew");
    assertThat(texts(blind.join(deleted))).containsExactly("anew");
  }

  @Test
  void aDeleteOfAKeyNobodyIsSeenToHoldIsWrittenAllTheSame() {
    Siblings here = Siblings.EMPTY.write(Past.EMPTY, tombstone(1, 10));
    assertThat(here.isEmpty()).isFalse();
    assertThat(texts(here.join(set(2, 5, "elsewhere"))))
        .as("it replaces only what it has seen")
        .containsExactly("elsewhere");
    Siblings knowing = Siblings.EMPTY.write(set(2, 5, "elsewhere").past(), tombstone(1, 10));
    assertThat(knowing.join(set(2, 5, "elsewhere")).deleted()).isTrue();
  }
}
