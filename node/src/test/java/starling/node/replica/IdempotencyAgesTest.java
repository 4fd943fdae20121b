package starling.node.replica;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import starling.node.version.Actor;
import starling.node.version.Content;
import starling.node.version.Dot;
import starling.node.version.IdempotencyKey;
import starling.node.version.IdempotencyRecord;
import starling.node.version.Past;
import starling.node.version.Siblings;
import starling.node.version.Version;

class IdempotencyAgesTest {
  private static final long SECOND = 1_000_000_000L;

  private final IdempotencyAges ages = new IdempotencyAges();
  private long now = 5 * SECOND;
  private long counter = 1_000;

  /** The hybrid clock goes on by one event a second, as if no wall clock moved. */
  private void pass(int seconds) {
    for (int i = 0; i < seconds; i++) {
      now += SECOND;
      counter++;
      ages.tick(now, counter);
    }
  }

  private Siblings written(Siblings before) {
    counter++;
    Dot dot = new Dot(new Actor(1, 2), counter);
    Siblings after = before.write(before.past(), new Version(dot, Content.json(new byte[] {'1'})));
    return after.withMark(new IdempotencyKey(counter, 2, 3).mark(dot, before.past()));
  }

  /** The set as the next write to its key finds it. */
  private Siblings kept(Siblings set) {
    return ages.storedWithNext(set, set, now);
  }

  @Test
  void aRecordIsKeptForTheWindowAndLeavesSoonAfterIt() {
    pass(30);
    Siblings set = ages.stored(Siblings.EMPTY, written(Siblings.EMPTY), now);
    pass(600);
    assertThat(kept(set)).isSameAs(set);
    pass(40);
    assertThat(kept(set).marks()).isEmpty();
    assertThat(kept(set).hash()).isEqualTo(set.hash());
  }

  @Test
  void aStoreWithoutNewsDropsNoRecordAndOneWithAnEventDoes() {
    pass(30);
    Siblings set = ages.stored(Siblings.EMPTY, written(Siblings.EMPTY), now);
    pass(700);
    assertThat(ages.stored(set, set, now)).isSameAs(set);
    Dot dot = new Dot(new Actor(3, 4), counter);
    Siblings other = set.write(set.past(), new Version(dot, Content.tombstone()));
    assertThat(ages.stored(set, set.join(other), now).marks()).isEmpty();
    assertThat(ages.stored(set, set, now)).as("not told of that event").isSameAs(set);
  }

  @Test
  void afterARestartEveryAgeStartsAgain() {
    Siblings set = written(Siblings.EMPTY);
    pass(601);
    assertThat(kept(set).marks()).hasSize(1);
    pass(40);
    assertThat(kept(set).marks()).isEmpty();
  }

  @Test
  void aRecordThatComesLateIsKeptForAWindowOfItsOwn() {
    pass(30);
    Siblings set = written(Siblings.EMPTY);
    pass(500);
    Siblings stored = ages.stored(Siblings.EMPTY, set, now);
    pass(595);
    assertThat(kept(stored).marks()).hasSize(1);
    pass(40);
    assertThat(kept(stored).marks()).isEmpty();
  }

  @Test
  void aRecordThatWasForgottenIsNotStoredAgain() {
    pass(30);
    Siblings set = written(Siblings.EMPTY);
    pass(700);
    Siblings forgotten = kept(set);
    assertThat(forgotten.marks()).isEmpty();
    assertThat(ages.stored(forgotten, forgotten.join(set), now).marks()).isEmpty();
  }

  @Test
  void above64TheOldestLeavesOnceItIsAMinuteOldAndAbove256AtOnce() {
    pass(30);
    Siblings set = Siblings.EMPTY;
    for (int i = 0; i < 100; i++) {
      set = ages.stored(set, written(set), now);
    }
    assertThat(set.marks()).hasSize(100);
    pass(59);
    assertThat(kept(set).marks()).hasSize(100);
    pass(40);
    assertThat(kept(set).marks()).isEqualTo(set.marks().subList(36, 100));
    assertThat(kept(set).marks()).hasSize(IdempotencyRecord.MOST);
    for (int i = 0; i < 300; i++) {
      set = written(set);
    }
    assertThat(ages.stored(set, set, now).marks()).hasSizeBetween(IdempotencyRecord.MOST, 256);
  }

  @Test
  void ofTooManyLateRecordsNoneIsTakenForOlderThanItIs() {
    pass(30);
    Siblings old = written(Siblings.EMPTY);
    pass(500);
    for (int i = 0; i <= IdempotencyAges.MAX_LATE; i++) {
      Dot dot = new Dot(new Actor(9, i), 500);
      Version version = new Version(dot, Content.tombstone());
      Siblings late =
          Siblings.EMPTY
              .write(Past.EMPTY, version)
              .withMark(new IdempotencyKey(i, 2, 3).mark(dot, Past.EMPTY));
      assertThat(ages.stored(Siblings.EMPTY, late, now).marks()).hasSize(1);
    }
    pass(590);
    assertThat(kept(old).marks()).hasSize(1);
    pass(50);
    assertThat(kept(old).marks()).isEmpty();
  }
}
