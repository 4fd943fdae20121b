package starling.node.version;

import static org.assertj.core.api.Assertions.assertThat;
import static starling.node.version.Sample.dot;
import static starling.node.version.Sample.json;
import static starling.node.version.Sample.set;
import static starling.node.version.Sample.version;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the version hash covers, and what happens where one dot has two contents. */
class VersionHashTest {
  private static Siblings one(Content content) {
    return Siblings.EMPTY.write(Past.EMPTY, new Version(dot(1, 10), content));
  }

  @Test
  void everythingThatDiffersBetweenSetsMakesAnotherHash() {
    byte[] a = "a".getBytes(StandardCharsets.UTF_8);
    List<Siblings> different =
        List.of(
            Siblings.EMPTY,
            one(json("a")),
            one(json("b")),
            one(Content.json(a, 5)),
            one(Content.json(a, 6)),
            one(Content.bytes(a, null, 0)),
            one(Content.bytes(a, "", 0)),
            one(Content.bytes(a, "text/plain", 0)),
            one(Content.tombstone()),
            one(json("")),
            set(2, 10, "a"),
            one(json("a")).write(Past.EMPTY, version(1, 11, "a")),
            one(json("a")).write(one(json("a")).past(), version(1, 11, "a")),
            Siblings.EMPTY.write(Past.EMPTY.with(dot(2, 9)), version(1, 10, "a")),
            Siblings.EMPTY.write(Past.of(VersionVector.of(dot(2, 9))), version(1, 10, "a")));
    List<Long> hashes = new ArrayList<>();
    different.forEach(set -> hashes.add(set.hash()));
    assertThat(hashes).doesNotHaveDuplicates();
  }

  @Test
  void theHashDoesNotDependOnTheWayASetCameAbout() {
    Siblings a = set(1, 10, "a");
    Siblings b = set(2, 11, "b");
    Siblings c = set(3, 12, "c");
    assertThat(a.join(b).join(c).hash()).isEqualTo(c.join(a).join(b.join(a)).hash());
  }

  @Test
  void ofTwoContentsWithOneDotEveryReplicaKeepsTheSameAndSomebodyIsTold() {
    Siblings a = one(json("a"));
    Siblings b = one(json("b"));
    List<Dot> told = new ArrayList<>();
    JoinAlarm alarm = (dot, kept, dropped) -> told.add(dot);
    Siblings ab = a.join(b, alarm);
    assertThat(ab).isEqualTo(b.join(a, alarm));
    assertThat(told).containsExactly(dot(1, 10), dot(1, 10));
    boolean keptA = Long.compareUnsigned(json("a").checksum(), json("b").checksum()) > 0;
    assertThat(ab).isEqualTo(keptA ? a : b);
    a.join(one(json("a")), alarm);
    assertThat(told).as("equal contents are no alarm").hasSize(2);
  }

  @Test
  void twoExpiriesOfOneDotAreSettledTheSameWayEverywhere() {
    byte[] value = {'1'};
    Siblings soon = one(Content.json(value, 5));
    Siblings late = one(Content.json(value, 6));
    assertThat(soon.join(late)).isEqualTo(late.join(soon)).isEqualTo(late);
  }
}
