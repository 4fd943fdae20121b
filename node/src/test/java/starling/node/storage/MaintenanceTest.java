package starling.node.storage;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static starling.node.storage.StorageLife.key;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import starling.node.sim.disk.SimDisk;
import starling.node.storage.StorageLife.Outcome;
import starling.node.storage.index.DamagedPageException;

/** What is done behind the writes: flushes, merges, compaction, scrub, drops, snapshots. */
class MaintenanceTest {
  private static final long MILLI = 1_000_000;
  private static final int KEYS = 100;

  private SimDisk disk = new SimDisk(new SplittableRandom(1));

  private static StorageConfig config(SimDisk disk) {
    return StorageLife.config(disk)
        .with(
            draft -> {
              draft.segmentBytes = 16 << 10;
              draft.memtableEntries = 50;
              draft.memtableLogBytes = 1 << 20;
              draft.memtableNanos = 100 * MILLI;
              draft.leastLive = 0.6;
              draft.compactionBytesPerSecond = 100 << 20;
            });
  }

  private StorageLife begin() throws IOException {
    return StorageLife.begin(disk, config(disk));
  }

  private static String set(int round, int key) {
    return "round " + round + " of " + key + "y".repeat(100);
  }

  private static void write(StorageLife life, int rounds) {
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < KEYS; i++) {
        life.synced(key(i), set(round, i));
        if (i % 10 == 0) {
          life.loop.run(MILLI);
        }
      }
      life.loop.run(20 * MILLI);
    }
  }

  private static void check(StorageLife life, int round) {
    for (int i = 0; i < KEYS; i++) {
      assertThat(life.get(key(i))).as("key " + i).isEqualTo(set(round, i));
    }
  }

  private List<String> files(String end) {
    List<String> files = new ArrayList<>(disk.files());
    files.removeIf(name -> !name.endsWith(end) || name.startsWith("backup"));
    return files;
  }

  @Test
  void memtablesBecomeRunsAndTheNextLifeReadsOnlyTheRestOfTheLog() throws Exception {
    StorageLife life = begin();
    write(life, 3);
    life.loop.run(1_000 * MILLI);
    assertThat(life.storage.statistics().flushes()).isGreaterThan(3);
    assertThat(life.storage.statistics().merges()).isPositive();
    assertThat(life.storage.statistics().memtableEntries()).isZero();
    check(life, 2);
    disk = disk.afterKill();
    StorageLife next = begin();
    assertThat(next.storage.recovery().records()).isZero();
    check(next, 2);
  }

  @Test
  void overwrittenSegmentsAreCompactedAndTheirFilesUsedAgain() throws Exception {
    StorageLife life = begin();
    write(life, 40);
    life.loop.run(3_000 * MILLI);
    StorageStatistics statistics = life.storage.statistics();
    assertThat(statistics.compactions()).isGreaterThan(10);
    assertThat(statistics.appendedBytes()).isGreaterThan(600_000);
    assertThat(statistics.logBytes()).isLessThan(120_000);
    check(life, 39);
    assertThat(life.found).isEmpty();
    disk = disk.afterPowerLoss();
    check(begin(), 39);
  }

  @Test
  void aDamagedRunMakesTheIndexAnewFromTheLog() throws Exception {
    StorageLife life = begin();
    write(life, 20);
    life.loop.run(2_000 * MILLI);
    life.close();
    for (String end : List.of(".stm", ".bloom")) {
      String run = files(end).get(3);
      byte[] bytes = disk.bytes(run);
      bytes[bytes.length / 2] ^= 1;
      disk.replace(run, bytes);
      disk = disk.afterKill();
      StorageLife next = begin();
      check(next, 19);
      assertThat(next.storage.recovery().records())
          .as("all were read")
          .isGreaterThanOrEqualTo(KEYS);
      assertThat(next.storage.recovery().corruptRanges()).isEmpty();
      next.loop.run(2_000 * MILLI);
      next.close();
    }
    disk = disk.afterKill();
    StorageLife last = begin();
    assertThat(last.storage.recovery().records()).as("made once").isZero();
    check(last, 19);
  }

  @Test
  void whatWasReapedStaysGoneWhenTheIndexIsMadeAnewAfterCompaction() throws Exception {
    StorageLife life = begin();
    write(life, 2);
    for (int i = 0; i < KEYS; i += 2) {
      life.storage.reap(key(i), 0, 1, failure -> assertThat(failure).isNull());
    }
    life.loop.run(500 * MILLI);
    for (int round = 0; round < 30; round++) {
      for (int i = 1; i < KEYS; i += 2) {
        life.synced(key(i), set(round, i));
      }
      life.loop.run(50 * MILLI);
    }
    life.loop.run(2_000 * MILLI);
    assertThat(life.storage.statistics().compactions()).isGreaterThan(3);
    life.close();
    disk.delete("meta/manifest");
    disk = disk.afterKill();
    StorageLife next = begin();
    for (int i = 0; i < KEYS; i++) {
      assertThat(next.get(key(i))).as("key " + i).isEqualTo(i % 2 == 0 ? null : set(29, i));
    }
  }

  @Test
  void whatIsNotDurableYetIsInNoManifestThatIs() throws Exception {
    for (int seed = 0; seed < 200; seed++) {
      disk = new SimDisk(new SplittableRandom(seed));
      StorageLife life = begin();
      Outcome last = null;
      for (int i = 0; i < 60; i++) {
        last = life.replicated(key(i), set(0, i));
      }
      // The memtable is full, and flushed before the log is fsynced.
      life.loop.run(new SplittableRandom(seed).nextInt(6_000) * 1_000L);
      assertThat(last).isNotNull();
      disk = disk.afterPowerLoss();
      StorageLife next = begin();
      for (int i = 0; i < 60; i++) {
        assertThat(next.get(key(i))).as("seed " + seed).isIn(null, set(0, i));
      }
      assertThat(next.found).as("seed " + seed).isEmpty();
      assertThat(next.storage.recovery().corruptRanges()).as("seed " + seed).isEmpty();
    }
  }

  @Test
  void theScrubFindsRotBeforeAnybodyAsks() throws Exception {
    StorageConfig scrubbed = config(disk).with(draft -> draft.scrubNanos = 1_000 * MILLI);
    StorageLife life = StorageLife.begin(disk, scrubbed);
    write(life, 2);
    String segment = files(".seg").get(0);
    byte[] bytes = disk.bytes(segment);
    int at = new String(bytes, ISO_8859_1).indexOf("round 0 of 7");
    bytes[at] ^= 2;
    disk.replace(segment, bytes);
    life.loop.run(5_000 * MILLI);
    assertThat(life.found).hasSize(1);
    assertThat(life.found.get(0).key()).isEqualTo(key(7));
    assertThat(life.storage.statistics().scrubbedBytes()).isPositive();
    check(life, 1);
    // Told again until it was handled, then never again.
    disk = disk.afterKill();
    StorageLife next = begin();
    assertThat(next.storage.recovery().corruptRanges()).hasSize(1);
    assertThat(next.storage.recovery().corruptRanges().get(0).key()).isEqualTo(key(7));
    next.handleAll(failure -> assertThat(failure).isNull());
    next.loop.run(10 * MILLI);
    disk = disk.afterKill();
    assertThat(begin().storage.recovery().corruptRanges()).isEmpty();
  }

  @Test
  void compactionLeavesADamagedSegmentWhereItIs() throws Exception {
    StorageLife life = begin();
    write(life, 1);
    String segment = files(".seg").get(0);
    byte[] bytes = disk.bytes(segment);
    int at = new String(bytes, ISO_8859_1).indexOf("round 0 of 7");
    bytes[at] ^= 2;
    disk.replace(segment, bytes);
    write(life, 20);
    life.loop.run(2_000 * MILLI);
    assertThat(life.storage.statistics().compactions()).isPositive();
    assertThat(life.found).hasSize(1);
    assertThat(disk.exists(segment)).as("nothing is cut").isTrue();
    check(life, 19);
  }

  @Test
  void aQuarantinedRecordIsNeverCopiedAlsoByALaterLife() throws Exception {
    StorageLife life = begin();
    write(life, 1);
    int handles = 0;
    // No life can read the record, and the disk is whole again for the rest of each.
    disk.failReads();
    assertThat(life.get(key(7))).isNull();
    disk.failNothing();
    assertThat(life.storage.unhandledDamage())
        .extracting(CorruptRange::key)
        .containsExactly(key(7));
    life.handleAll(failure -> {});
    for (int lives = 0; lives < 3; lives++) {
      for (int round = 1; round < 12; round++) {
        for (int i = 0; i < KEYS; i++) {
          if (i != 7) {
            life.synced(key(i), set(round, i));
          }
        }
        life.loop.run(50 * MILLI);
      }
      life.loop.run(2_000 * MILLI);
      assertThat(life.storage.statistics().compactions()).as("life " + lives).isPositive();
      assertThat(life.get(key(7))).as("life " + lives).isNull();
      assertThat(life.storage.versionHash(key(7))).isEmpty();
      life.close();
      disk = disk.afterKill();
      life = begin();
      handles += life.storage.unhandledDamage().size();
    }
    assertThat(handles).as("reported again").isZero();
  }

  @Test
  void noOlderRecordStandsWhenTheNewestIsDamagedAndTheIndexIsMadeAnew() throws Exception {
    StorageLife life = begin();
    write(life, 1);
    life.synced(key(7), "the newest of all");
    life.loop.run(1_000 * MILLI);
    for (boolean indexLost : new boolean[] {false, true}) {
      SimDisk killed = disk.fork(new SplittableRandom(1)).afterKill();
      for (String segment : killed.files()) {
        byte[] bytes = killed.bytes(segment);
        int at = new String(bytes, ISO_8859_1).indexOf("the newest of all");
        if (segment.endsWith(".seg") && at >= 0) {
          bytes[at] ^= 2;
          killed.replace(segment, bytes);
        }
      }
      if (indexLost) {
        killed.deleteAll(name -> name.equals("meta/manifest"));
      }
      StorageLife next = StorageLife.begin(killed, config(killed));
      assertThat(next.get(key(7))).as("index lost: " + indexLost).isNull();
      assertThat(next.storage.unhandledDamage()).extracting(CorruptRange::key).contains(key(7));
      assertThat(next.storage.versionHash(key(7))).isEmpty();
      next.handleAll(failure -> {});
      next.close();
      StorageLife later = StorageLife.begin(killed.afterKill(), config(killed));
      assertThat(later.get(key(7))).isNull();
    }
  }

  /** Replicas are compared by version hash: one of a record that is gone would never be fetched. */
  @Test
  void noVersionHashIsToldOfARecordWhoseSegmentIsGone() throws Exception {
    StorageLife life = begin();
    write(life, 2);
    life.loop.run(1_000 * MILLI);
    assertThat(life.storage.statistics().memtableEntries()).isZero();
    int lost = 0;
    for (String segment : files(".seg")) {
      SimDisk damaged = disk.fork(new SplittableRandom(1)).afterKill();
      damaged.deleteAll(name -> name.equals(segment));
      StorageLife next = StorageLife.begin(damaged, config(damaged));
      for (int i = 0; i < KEYS; i++) {
        boolean told = next.storage.versionHash(key(i)).isPresent();
        boolean there = next.get(key(i)) != null;
        assertThat(told).as("of key " + i + " without " + segment).isEqualTo(there);
        lost += there ? 0 : 1;
      }
    }
    assertThat(lost).isPositive();
  }

  @Test
  void aPageOfTheIndexThatRotsHidesNothingAndARestartMakesTheIndexAnew() throws Exception {
    int stopped = 0;
    for (int seed = 0; seed < 60; seed++) {
      disk = new SimDisk(new SplittableRandom(seed));
      StorageLife life = begin();
      write(life, 3);
      life.loop.run(1_000 * MILLI);
      assertThat(life.storage.statistics().memtableEntries()).isZero();
      SplittableRandom chance = new SplittableRandom(seed);
      for (int i = 0; i < 5; i++) {
        assertThat(disk.rotMapped("idx/", ".stm", chance)).isNotNull();
      }
      for (int i = 0; i < KEYS; i++) {
        readsOrThrows(life, i, set(2, i));
      }
      if (!life.failures.isEmpty()) {
        stopped++;
        assertThat(life.failures.get(0).reason()).contains("bit rot");
      }
      disk = disk.afterKill();
      StorageLife next = begin();
      assertThat(next.storage.recovery().corruptRanges()).as("the log is sound").isEmpty();
      check(next, 2);
    }
    assertThat(stopped).as("rot that a read met").isGreaterThan(10);
  }

  private static void readsOrThrows(StorageLife life, int i, String expected) {
    try {
      String read = life.get(key(i));
      boolean told = life.found.stream().anyMatch(range -> key(i).equals(range.key()));
      if (read != null || !told) {
        assertThat(read).isEqualTo(expected);
      }
      var hash = life.storage.versionHash(key(i));
      assertThat(hash).hasValue(expected.hashCode());
    } catch (DamagedPageException e) {
      assertThat(life.failures).isNotEmpty();
    }
  }

  @Test
  void aDroppedRangeIsGoneForGoodAndWhatComesLaterStays() throws Exception {
    StorageLife life = begin();
    write(life, 3);
    boolean[] done = {false};
    PositionRange range = PositionRange.ofPartition(3, 3);
    life.storage.drop(range, failure -> done[0] = failure == null);
    life.loop.run(5 * MILLI);
    assertThat(life.get(key(3))).as("from its record on").isNull();
    life.synced(key(11), "anew");
    life.loop.run(1_000 * MILLI);
    assertThat(done[0]).isTrue();
    for (int life2 = 0; life2 < 3; life2++) {
      for (int i = 0; i < KEYS; i++) {
        String expected = i == 11 ? "anew" : i % 8 == 3 ? null : set(2, i);
        assertThat(life.get(key(i))).as("key " + i).isEqualTo(expected);
      }
      life.close();
      if (life2 == 1) {
        disk.delete("meta/manifest");
      }
      disk = disk.afterKill();
      life = begin();
    }
  }

  @Test
  void aSnapshotOpensAsAStoreWithWhatWasThereThen() throws Exception {
    StorageLife life = begin();
    write(life, 5);
    life.saveMeta("name", "value");
    boolean[] done = {false};
    life.storage.snapshot("monday", failure -> done[0] = failure == null);
    life.loop.run(1_000 * MILLI);
    assertThat(done[0]).isTrue();
    write(life, 30);
    life.loop.run(2_000 * MILLI);
    assertThat(life.storage.statistics().compactions()).isPositive();
    check(life, 29);
    assertThatThrownBy(() -> life.storage.snapshot("../up", failure -> {}))
        .isInstanceOf(IllegalArgumentException.class);

    SimDisk restored = new SimDisk(new SplittableRandom(2));
    for (String name : disk.files()) {
      if (name.startsWith("backup/monday/")) {
        String to = name.substring("backup/monday/".length());
        restored.createDirectory(to.substring(0, to.lastIndexOf('/')));
        restored.open(to).close();
        restored.replace(to, disk.bytes(name));
      }
    }
    StorageLife other = StorageLife.begin(restored, config(restored));
    assertThat(other.meta("name")).isEqualTo("value");
    assertThat(other.storage.recovery().corruptRanges()).isEmpty();
    check(other, 4);
  }

  @Test
  void keysOfOneFingerprintAreKeptApart() throws Exception {
    StorageConfig colliding =
        config(disk).with(draft -> draft.fingerprints = (secret0, secret1) -> (bucket, bytes) -> 1);
    StorageLife life = StorageLife.begin(disk, colliding);
    List<Key> keys = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      keys.add(new Key("b", new byte[] {(byte) i}, 42));
    }
    for (int round = 0; round < 30; round++) {
      for (Key key : keys) {
        life.get(key);
        life.synced(key, key.bytes()[0] + " in " + round);
        write(life, 1);
      }
    }
    life.loop.run(2_000 * MILLI);
    assertThat(life.storage.statistics().compactions()).isPositive();
    for (int i = 0; i < 3; i++) {
      for (Key key : keys) {
        assertThat(life.get(key)).isEqualTo(key.bytes()[0] + " in 29");
      }
      life.close();
      if (i == 1) {
        disk.delete("meta/manifest");
      }
      disk = disk.afterKill();
      life = StorageLife.begin(disk, colliding);
    }
  }

  @Test
  void aBackgroundThatFindsNoRoomChangesNothingAndGoesOn() throws Exception {
    StorageLife life = begin();
    write(life, 2);
    life.loop.run(200 * MILLI);
    disk.capacity(disk.usedBytes());
    for (int i = 0; i < 40; i++) {
      life.synced(key(i), "small" + "z".repeat(50));
    }
    life.loop.run(2_000 * MILLI);
    assertThat(life.rooms).startsWith(true);
    assertThat(life.failures).isEmpty();
    assertThat(life.get(key(50))).as("reads go on").isEqualTo(set(1, 50));
    disk.capacity(Long.MAX_VALUE);
    life.loop.run(5_000 * MILLI);
    assertThat(life.rooms).endsWith(false);
    Outcome later = life.synced(key(1), "later");
    life.loop.run(MILLI);
    assertThat(later.done()).isTrue();
    disk = disk.afterPowerLoss();
    StorageLife next = begin();
    assertThat(next.get(key(1))).isEqualTo("later");
    assertThat(next.get(key(39))).startsWith("small");
    assertThat(next.get(key(50))).isEqualTo(set(1, 50));
  }

  @Test
  void aStoreWithoutDescriptorsRefusesAppendsAndGoesOnWhenThereAreSome() throws Exception {
    StorageLife life = begin();
    write(life, 2);
    life.loop.run(1_000 * MILLI);
    disk.failOpens();
    Outcome saved = life.saveMeta("name", "value");
    life.loop.run(500 * MILLI);
    assertThat(saved.ended()).as("waits").isFalse();
    assertThat(life.storage.append(key(1), 1, 1, new byte[1], Durability.SYNCED, failure -> {}))
        .isEqualTo(AppendRejection.STALLED);
    assertThat(life.storage.refuses()).isEqualTo(AppendRejection.STALLED);
    assertThat(life.storage.statistics().stalled()).isTrue();
    assertThat(life.stalls).as("told once").hasSize(1);
    assertThat(life.stalls.get(0)).contains("too many open files", "meta/name");
    assertThat(life.get(key(50))).as("reads go on").isEqualTo(set(1, 50));
    life.loop.run(60_000 * MILLI);
    assertThat(life.failures).isEmpty();
    disk.failNothing();
    life.loop.run(5_000 * MILLI);
    assertThat(saved.done()).isTrue();
    assertThat(life.stalls).hasSize(2).endsWith((String) null);
    assertThat(life.storage.refuses()).isNull();
    Outcome later = life.synced(key(1), "later");
    life.loop.run(MILLI);
    assertThat(later.done()).isTrue();
  }

  @Test
  void recordsThatNeedASegmentThatCannotBeOpenedWaitForIt() throws Exception {
    StorageLife life = begin();
    life.loop.run(1_000 * MILLI);
    disk.failOpens();
    List<Outcome> accepted = new ArrayList<>();
    for (int i = 0; life.storage.refuses() == null; i++) {
      // More than a segment.
      accepted.add(life.synced(key(i % KEYS), set(0, i)));
      life.loop.run(MILLI);
    }
    life.loop.run(60_000 * MILLI);
    assertThat(life.failures).isEmpty();
    assertThat(accepted).filteredOn(each -> !each.ended()).isNotEmpty();
    disk.failNothing();
    life.loop.run(5_000 * MILLI);
    assertThat(accepted).allMatch(Outcome::done);
    life.close();
    disk = disk.afterPowerLoss();
    StorageLife next = begin();
    assertThat(next.storage.recovery().corruptRanges()).isEmpty();
    assertThat(next.storage.recovery().mayHaveLost()).isFalse();
    assertThat(next.get(key((accepted.size() - 1) % KEYS))).isEqualTo(set(0, accepted.size() - 1));
  }

  /** Whatever fails behind the writes, the log itself is sound: it must not end for it. */
  @Test
  void anIndexThatCannotBeSavedRefusesAppendsBeforeItOutgrowsTheHeap() throws Exception {
    StorageConfig wide = config(disk).with(draft -> draft.segmentBytes = 1 << 20);
    StorageLife life = StorageLife.begin(disk, wide);
    life.loop.run(1_000 * MILLI);
    disk.failOpens();
    int taken = 0;
    for (int i = 0; i < 100_000 && life.storage.refuses() == null; i++) {
      taken += life.synced(key(i), "v").taken ? 1 : 0;
      life.loop.run(MILLI);
    }
    assertThat(life.storage.refuses()).isEqualTo(AppendRejection.STALLED);
    assertThat(life.storage.statistics().memtableEntries()).isLessThan(200);
    assertThat(life.stalls).hasSize(1);
    assertThat(life.stalls.get(0)).startsWith("flushing the index");
    life.loop.run(120_000 * MILLI);
    assertThat(life.failures).isEmpty();
    assertThat(life.get(key(taken - 1))).isEqualTo("v");
    disk.failNothing();
    life.loop.run(5_000 * MILLI);
    assertThat(life.storage.refuses()).isNull();
    assertThat(life.stalls).hasSize(2);
    assertThat(disk.files()).noneMatch(name -> name.endsWith(".tmp"));
  }

  @Test
  void tooLittleFreeRoomRefusesAppendsUntilThereIsMore() throws Exception {
    disk.capacity(10 << 20);
    StorageConfig reserving = config(disk).with(draft -> draft.reserveBytes = 1 << 20);
    StorageLife life = StorageLife.begin(disk, reserving);
    write(life, 1);
    disk.capacity(disk.usedBytes() + (900 << 10));
    life.synced(key(1), "last");
    life.loop.run(2_000 * MILLI);
    assertThat(life.rooms).containsExactly(true);
    assertThat(life.storage.append(key(1), 1, 1, new byte[1], Durability.SYNCED, failure -> {}))
        .isEqualTo(AppendRejection.DISK_FULL);
    disk.capacity(10 << 20);
    life.loop.run(2_000 * MILLI);
    assertThat(life.rooms).containsExactly(true, false);
    assertThat(life.synced(key(1), "again").taken).isTrue();
  }
}
