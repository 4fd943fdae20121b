package starling.node.version;

import static org.assertj.core.api.Assertions.assertThat;
import static starling.node.version.Sample.json;
import static starling.node.version.Sample.set;
import static starling.node.version.Sample.texts;
import static starling.node.version.Sample.tombstone;
import static starling.node.version.Sample.version;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * A blind write asks a quorum first and then makes one event, whose past is what it was told. The
 * past is fixed before anybody sees the dot and is never enlarged. Here in all interleavings of its
 * steps on three replicas.
 */
class BlindWriteTest {
  /** Three replicas of one key; each step of a write happens at once, steps of two mix. */
  private static final class Cluster {
    final Siblings[] sets = {Siblings.EMPTY, Siblings.EMPTY, Siblings.EMPTY};

    Siblings healed() {
      return sets[0].join(sets[1]).join(sets[2]);
    }
  }

  /** Steps: ask oneself, ask another, make the event, bring it to the two others. */
  private static final class Write {
    static final int STEPS = 5;
    final int coordinator;
    final int asked;
    final boolean nearFirst;
    final Content content;
    final Dot[] dot = new Dot[1];
    Past past = Past.EMPTY;
    Siblings made = Siblings.EMPTY;
    int done;

    Write(int coordinator, boolean askNear, boolean nearFirst, Content content) {
      this.coordinator = coordinator;
      this.asked = (coordinator + (askNear ? 1 : 2)) % 3;
      this.nearFirst = nearFirst;
      this.content = content;
    }

    void step(Cluster cluster) {
      switch (done++) {
        case 0 -> past = past.join(cluster.sets[coordinator].past());
        case 1 -> past = past.join(cluster.sets[asked].past());
        case 2 -> {
          Siblings before = cluster.sets[coordinator];
          long floor = Math.max(before.highestCounter(), past.highestCounter());
          dot[0] = new Dot(Sample.actor(coordinator + 1), floor + 1);
          made = before.write(past, new Version(dot[0], content));
          cluster.sets[coordinator] = made;
        }
        case 3 -> deliver(cluster, nearFirst ? 1 : 2);
        default -> deliver(cluster, nearFirst ? 2 : 1);
      }
    }

    private void deliver(Cluster cluster, int distance) {
      int to = (coordinator + distance) % 3;
      cluster.sets[to] = cluster.sets[to].join(made);
    }

    /** Two of three have it. */
    boolean acknowledged() {
      return done >= 4;
    }
  }

  /** Calls back for every way to mix so many steps of one with so many of another. */
  private static void interleavings(int ofOne, int ofOther, Consumer<List<Boolean>> each) {
    int all = ofOne + ofOther;
    for (int mask = 0; mask < 1 << all; mask++) {
      if (Integer.bitCount(mask) == ofOne) {
        List<Boolean> order = new ArrayList<>(all);
        for (int i = 0; i < all; i++) {
          order.add((mask & 1 << i) != 0);
        }
        each.accept(order);
      }
    }
  }

  @Test
  void ofTwoCrossingBlindWritesNoneIsLostAndSequentialOnesLeaveNoSibling() {
    int[] runs = new int[2];
    for (int choice = 0; choice < 9 * 16; choice++) {
      int c = choice;
      interleavings(Write.STEPS, Write.STEPS, order -> crossing(c, order, runs));
    }
    assertThat(runs[0]).isEqualTo(9 * 16 * 252);
    assertThat(runs[1]).as("runs in which one followed the other").isGreaterThan(100);
  }

  private static void crossing(int choice, List<Boolean> order, int[] runs) {
    Cluster cluster = new Cluster();
    int bits = choice / 9;
    Write x = new Write(choice % 3, (bits & 1) != 0, (bits & 2) != 0, json("x"));
    Write y = new Write(choice / 3 % 3, (bits & 4) != 0, (bits & 8) != 0, json("y"));
    Write follower = null;
    for (boolean first : order) {
      Write write = first ? x : y;
      Write other = first ? y : x;
      if (write.done == 0 && other.acknowledged()) {
        follower = write;
      }
      write.step(cluster);
    }
    runs[0]++;
    Siblings healed = cluster.healed();
    String where = "choice " + choice + " " + order;
    assertThat(healed.versions()).as(where).isNotEmpty();
    assertThat(healed.version(x.dot[0]) == null).as(where).isEqualTo(y.past.covers(x.dot[0]));
    assertThat(healed.version(y.dot[0]) == null).as(where).isEqualTo(x.past.covers(y.dot[0]));
    if (follower != null) {
      runs[1]++;
      assertThat(healed.versions()).as(where).hasSize(1);
      assertThat(healed.version(follower.dot[0])).as(where).isNotNull();
    }
  }

  @Test
  void aReadAndAContextualDeleteBetweenTheRoundsOfABlindWriteNeitherLoseItNorBringTheOldBack() {
    for (int choice = 0; choice < 9 * 16; choice++) {
      int c = choice;
      // Read from two replicas, delete at one of them, bring the tombstone to the others.
      interleavings(Write.STEPS, 4, order -> deleteBetween(c, order));
    }
  }

  private static void deleteBetween(int choice, List<Boolean> order) {
    Cluster cluster = new Cluster();
    Siblings old = set(9, 1, "old");
    for (int i = 0; i < 3; i++) {
      cluster.sets[i] = old;
    }
    int bits = choice / 9;
    Write x = new Write(choice % 3, (bits & 1) != 0, (bits & 2) != 0, json("x"));
    int at = choice / 3 % 3;
    boolean nearFirst = (bits & 4) != 0;
    int readAlso = (at + ((bits & 8) != 0 ? 1 : 2)) % 3;
    Past context = Past.EMPTY;
    Siblings deleted = Siblings.EMPTY;
    int done = 0;
    for (boolean blind : order) {
      if (blind) {
        x.step(cluster);
        continue;
      }
      switch (done++) {
        case 0 -> context = cluster.sets[at].join(cluster.sets[readAlso]).past();
        case 1 -> {
          long floor = Math.max(cluster.sets[at].highestCounter(), context.highestCounter());
          deleted = cluster.sets[at].write(context, tombstone(at + 1, floor + 1));
          cluster.sets[at] = deleted;
        }
        default -> {
          int to = (at + ((done == 3) == nearFirst ? 1 : 2)) % 3;
          cluster.sets[to] = cluster.sets[to].join(deleted);
        }
      }
    }
    Siblings healed = cluster.healed();
    String where = "choice " + choice + " " + order;
    assertThat(texts(healed)).as(where).doesNotContain("old");
    assertThat(healed.version(x.dot[0]) == null).as(where).isEqualTo(context.covers(x.dot[0]));
  }

  @Test
  void theModelCatchesAPastThatIsEnlargedAfterItsDotWasSeen() {
    // Both are made at once, meet each other's event, and claim it in a second round.
    CausalModel model = new CausalModel();
    Siblings x = set(1, 10, "x");
    Siblings y = set(2, 11, "y");
    model.event(x.versions().get(0).dot(), new BitSet());
    model.event(y.versions().get(0).dot(), new BitSet());
    VersionVector both = x.vector().join(y.vector());
    Siblings xAgain = new Siblings(x.versions(), both, List.of(), List.of());
    Siblings yAgain = new Siblings(y.versions(), both, List.of(), List.of());
    Siblings end = xAgain.join(yAgain);
    assertThat(end.versions()).as("both acknowledged, both gone").isEmpty();
    BitSet known = new BitSet();
    known.set(0, 2);
    assertThat(model.judge(end, known))
        .extracting(CausalModel.Complaint::fault)
        .containsOnly(CausalModel.Fault.LOST_VALUE)
        .hasSize(2);
  }

  @Test
  void aDotThatWasReportedLaterStaysASibling() {
    Siblings coordinator = set(1, 10, "known");
    Past asked = coordinator.past();
    Siblings made = coordinator.write(asked, version(1, 30, "blind"));
    Siblings unknown = set(2, 20, "arrived between the rounds");
    assertThat(texts(made.join(unknown))).containsExactly("arrived between the rounds", "blind");
  }

  @Test
  void anEqualPastOfAnotherReplicaChangesNothing() {
    Siblings set = set(1, 10, "a");
    Past asked = set.past().join(set(1, 10, "a").past());
    assertThat(asked).isEqualTo(set.past());
  }

  /**
   * The second write is sent after the first was acknowledged. Whether a sibling can remain, over
   * every choice of who took the first and who was asked by the second.
   */
  @Test
  void twoBlindWritesInTurnLeaveNoSiblingExactlyWhereTheirQuorumsMeet() {
    List<String> table = new ArrayList<>();
    for (int w1 = 1; w1 <= 3; w1++) {
      for (int w2 = 1; w2 <= 3; w2++) {
        table.add(
            w1
                + "+"
                + w2
                + ": "
                + sequential(w1, w2, false, false)
                + ", fallback "
                + sequential(w1, w2, true, false)
                + ", failed first "
                + sequential(w1, w2, false, true));
      }
    }
    assertThat(table)
        .containsExactly(
            "1+1: can remain, fallback can remain, failed first can remain",
            "1+2: can remain, fallback can remain, failed first can remain",
            "1+3: never, fallback can remain, failed first can remain",
            "2+1: can remain, fallback can remain, failed first can remain",
            "2+2: never, fallback can remain, failed first can remain",
            "2+3: never, fallback never, failed first never",
            "3+1: never, fallback can remain, failed first can remain",
            "3+2: never, fallback never, failed first never",
            "3+3: never, fallback never, failed first never");
  }

  /**
   * @param fallback whether one of those that took the first was a fallback, which is not asked by
   *     the second
   * @param failed whether the first reached one node less than it needed
   */
  private static String sequential(int w1, int w2, boolean fallback, boolean failed) {
    boolean remained = false;
    int primariesWithFirst = w1 - (fallback ? 1 : 0) - (failed ? 1 : 0);
    for (int took = 0; took < 8; took++) {
      if (Integer.bitCount(took) != primariesWithFirst) {
        continue;
      }
      for (int asked = 1; asked < 8; asked++) {
        for (int coordinator = 0; coordinator < 3; coordinator++) {
          if (Integer.bitCount(asked) == w2 && (asked & 1 << coordinator) != 0) {
            remained |= sequential(took, asked, coordinator);
          }
        }
      }
    }
    return remained ? "can remain" : "never";
  }

  private static boolean sequential(int took, int asked, int coordinator) {
    Siblings first = set(7, 10, "first");
    Siblings[] primaries = new Siblings[3];
    Past past = Past.EMPTY;
    for (int i = 0; i < 3; i++) {
      primaries[i] = (took & 1 << i) != 0 ? first : Siblings.EMPTY;
      past = (asked & 1 << i) != 0 ? past.join(primaries[i].past()) : past;
    }
    Siblings second = primaries[coordinator].write(past, version(coordinator + 1, 20, "second"));
    Siblings healed = second.join(first).join(primaries[0]).join(primaries[1]).join(primaries[2]);
    assertThat(texts(healed)).contains("second");
    boolean met = (took & asked) != 0;
    assertThat(texts(healed).contains("first")).as("lost only where claimed").isEqualTo(!met);
    return healed.values().size() > 1;
  }
}
