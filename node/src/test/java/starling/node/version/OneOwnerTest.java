package starling.node.version;

import static org.assertj.core.api.Assertions.assertThat;
import static starling.node.version.Sample.set;
import static starling.node.version.Sample.texts;
import static starling.node.version.Sample.version;

import org.junit.jupiter.api.Test;

/** Read, merge, dot and append of one key are one step on the newest appended set. */
class OneOwnerTest {
  @Test
  void twoEmptyContextWritesAndTwoRemoteSetsInOneFsyncGroupAllStand() {
    Siblings fsynced = set(1, 10, "old");
    Siblings one = fsynced.write(Past.EMPTY, version(1, 11, "mine 1"));
    Siblings two = one.join(set(2, 20, "remote 1"));
    Siblings three = two.write(Past.EMPTY, version(1, 21, "mine 2"));
    Siblings four = three.join(set(3, 7, "remote 2"));
    assertThat(texts(four)).containsExactly("mine 1", "mine 2", "old", "remote 1", "remote 2");
  }

  @Test
  void aSetThatStartedFromTheFsyncedOneWouldHideWhatWasAppendedSince() {
    Siblings fsynced = set(1, 10, "old");
    Siblings appended = fsynced.write(Past.EMPTY, version(1, 11, "mine 1"));
    Siblings wrong = fsynced.write(Past.EMPTY, version(1, 12, "mine 2"));
    assertThat(texts(appended.join(wrong))).doesNotContain("mine 1");
  }
}
