package starling.node.version;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static starling.node.version.Sample.json;
import static starling.node.version.Sample.texts;

import java.util.LinkedHashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** An actor is one unbroken history. */
class ActorsTest {
  @Test
  void thePresentActorOfAPartitionStaysUntilItIsRenewed() {
    Actors actors = new Actors(new Random(1));
    Actor first = actors.present(3);
    assertThat(actors.present(3)).isEqualTo(first);
    assertThat(actors.present(4)).isNotEqualTo(first);
    assertThat(actors.presentForHints(3)).isNotEqualTo(first);
    assertThat(actors.mine(first)).isTrue();

    Actor second = actors.renew(3);
    assertThat(actors.present(3)).isEqualTo(second).isNotEqualTo(first);
    assertThat(actors.mine(first)).as("its memory has a hole").isFalse();
  }

  @Test
  void everyStartOfTheProcessDrawsOtherActors() {
    Set<Actor> drawn = new LinkedHashSet<>();
    Random random = new Random(1);
    for (int start = 0; start < 50; start++) {
      Actors actors = new Actors(random);
      for (int partition = 0; partition < 1024; partition++) {
        drawn.add(actors.present(partition));
      }
    }
    assertThat(drawn).hasSize(50 * 1024);
  }

  @Test
  void aCrashBetweenSendAndOwnFsyncLosesNothingBecauseTheActorIsNew() {
    Actors before = new Actors(new Random(1));
    Siblings lost = written(Siblings.EMPTY, before.present(0), 10, "sent, not fsynced");
    Siblings peer = lost;
    // The replica comes back without it and writes again.
    Actors after = new Actors(new Random(2));
    Siblings again = written(Siblings.EMPTY, after.present(0), 20, "after the crash");
    assertThat(texts(peer.join(again))).containsExactly("after the crash", "sent, not fsynced");

    Siblings reused = written(Siblings.EMPTY, before.present(0), 20, "after the crash");
    assertThat(texts(peer.join(reused))).as("the same actor").containsExactly("after the crash");
  }

  @Test
  void aFallbackThatHandedOverAndForgotWritesUnderANewActor() {
    Actors fallback = new Actors(new Random(1));
    Siblings hint = written(Siblings.EMPTY, fallback.presentForHints(0), 10, "first");
    Siblings primary = hint;
    Actor next = fallback.renewForHints(0);
    Siblings second = written(Siblings.EMPTY, next, 20, "second");
    assertThat(texts(primary.join(second))).containsExactly("first", "second");
  }

  @Test
  void aNodeThatLeftAndComesBackToAPartitionWritesUnderANewActor() {
    Actors actors = new Actors(new Random(1));
    Siblings before = written(Siblings.EMPTY, actors.present(0), 10, "before");
    actors.renew(0);
    Siblings after = written(Siblings.EMPTY, actors.present(0), 20, "after");
    assertThat(texts(before.join(after))).containsExactly("after", "before");
  }

  @Test
  void anEventOfAPresentActorThatItDidNotMakeIsNoticed() {
    Actors mine = new Actors(new Random(1));
    Actors copiedDirectory = new Actors(new Random(1));
    Actor actor = mine.present(0);
    assertThat(copiedDirectory.present(0)).as("the copy has the same actor").isEqualTo(actor);

    Siblings own = written(Siblings.EMPTY, actor, 10, "mine");
    mine.made(new Dot(actor, 10));
    assertThat(mine.check(own)).isNull();
    assertThat(mine.check(own, own)).isNull();

    Siblings foreign = written(own, actor, 11, "of the other life");
    assertThat(mine.check(foreign)).isEqualTo(new Dot(actor, 11));
    assertThat(mine.check(foreign, own)).isEqualTo(new Dot(actor, 11));
    assertThat(mine.check(Past.EMPTY.with(new Dot(actor, 12)))).isEqualTo(new Dot(actor, 12));
  }

  @Test
  void theExactCheckSeesAForeignEventBelowTheHighestOwnCounter() {
    Actors actors = new Actors(new Random(1));
    Actor actor = actors.present(0);
    // For another key of the partition a higher counter was given.
    actors.made(new Dot(actor, 100));
    Siblings foreign = written(Siblings.EMPTY, actor, 50, "not mine");
    assertThat(actors.check(foreign)).as("the cheap look cannot tell").isNull();
    assertThat(actors.check(foreign, Siblings.EMPTY)).isEqualTo(new Dot(actor, 50));
  }

  @Test
  void eventsOfOthersAndOfFormerActorsAreNoConcern() {
    Actors actors = new Actors(new Random(1));
    Actor former = actors.present(0);
    actors.renew(0);
    Siblings old = written(Siblings.EMPTY, former, 10, "old");
    assertThat(actors.check(old)).isNull();
    assertThat(actors.check(old, Siblings.EMPTY)).isNull();
    assertThat(actors.check(Sample.set(5, 10, "of others"))).isNull();
  }

  @Test
  void aDotIsNeverGivenTwiceNorUnderAFormerActor() {
    Actors actors = new Actors(new Random(1));
    Actor actor = actors.present(0);
    actors.made(new Dot(actor, 10));
    assertThatThrownBy(() -> actors.made(new Dot(actor, 10)))
        .hasMessageContaining("not above the counter 10");
    actors.renew(0);
    assertThatThrownBy(() -> actors.made(new Dot(actor, 11)))
        .hasMessageContaining("not of a present actor");
  }

  private static Siblings written(Siblings set, Actor actor, long counter, String text) {
    return set.write(Past.EMPTY, new Version(new Dot(actor, counter), json(text)));
  }
}
