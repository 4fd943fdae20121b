package starling.node.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static starling.node.storage.StorageLife.key;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import starling.node.sim.disk.SimDisk;
import starling.node.storage.StorageLife.Outcome;

class LogStorageTest {
  private static final PositionRange ALL = new PositionRange(0, -1L);

  private static final long MILLI = 1_000_000;

  private final SimDisk disk = new SimDisk(new SplittableRandom(1));

  @Test
  void aSyncedAppendIsThereAfterPowerLoss() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    assertThat(life.storage.recovery().fresh()).isTrue();
    assertThat(life.storage.recovery().mayHaveLost()).isFalse();
    Outcome put = life.synced(key(1), "one");
    assertThat(put.ended()).isFalse();
    life.loop.run(MILLI);
    assertThat(put.done()).isTrue();

    StorageLife next = StorageLife.begin(disk.afterPowerLoss());
    assertThat(next.get(key(1))).isEqualTo("one");
    assertThat(next.storage.recovery().fresh()).isFalse();
    assertThat(next.storage.recovery().mayHaveLost()).isFalse();
  }

  @Test
  void theLastAppendOfAKeyCountsAfterReplay() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    for (String set : List.of("one", "two", "three")) {
      life.synced(key(1), set);
      life.synced(key(2), set + set);
      life.loop.run(MILLI);
    }
    life.close();
    StorageLife next = StorageLife.begin(disk.afterKill());
    assertThat(next.get(key(1))).isEqualTo("three");
    assertThat(next.get(key(2))).isEqualTo("threethree");
    assertThat(next.storage.versionHash(key(1))).hasValue("three".hashCode());
    assertThat(next.storage.recovery().records()).isEqualTo(6);
    assertThat(next.storage.isEmpty()).isFalse();
  }

  @Test
  void aReplicatedAppendSurvivesAKillAtOnce() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    Outcome put = life.replicated(key(1), "one");
    while (!put.ended()) {
      life.loop.run(10_000);
    }
    StorageLife next = StorageLife.begin(disk.afterKill());
    assertThat(next.get(key(1))).isEqualTo("one");
    assertThat(next.storage.recovery().mayHaveLost()).isFalse();
  }

  @Test
  void aReplicatedAppendIsFsyncedWithinTenMillis() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    Outcome put = life.replicated(key(1), "one");
    while (!put.ended()) {
      life.loop.run(10_000);
    }
    long forces = disk.forces();
    life.loop.run(10 * MILLI);
    assertThat(disk.forces()).isEqualTo(forces + 1);
    StorageLife next = StorageLife.begin(disk.afterPowerLoss());
    assertThat(next.get(key(1))).isEqualTo("one");
  }

  @Test
  void afterASyncWhatWasShownBeforeSurvivesPowerLoss() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    Outcome put = life.replicated(key(1), "one");
    while (!put.ended()) {
      life.loop.run(10_000);
    }
    boolean[] synced = {false};
    life.storage.sync(failure -> synced[0] = failure == null);
    assertThat(synced[0]).as("never inside the call").isFalse();
    while (!synced[0]) {
      life.loop.run(1_000);
    }
    StorageLife next = StorageLife.begin(disk.afterPowerLoss());
    assertThat(next.get(key(1))).isEqualTo("one");
  }

  @Test
  void aSyncWhereAllIsDurableAsksTheDiskForNothing() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    life.synced(key(1), "one");
    life.loop.run(MILLI);
    long forces = disk.forces();
    boolean[] synced = {false};
    life.storage.sync(failure -> synced[0] = failure == null);
    life.loop.run(10_000);
    assertThat(synced[0]).isTrue();
    assertThat(disk.forces()).isEqualTo(forces);
  }

  @Test
  void replicatedAppendsAreFsyncedWithinTenMillisAlsoUnderSteadyLoad() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    for (int i = 0; i < 100; i++) {
      long forces = disk.forces();
      for (int j = 0; j < 20; j++) {
        life.replicated(key(i), "set" + j);
        life.loop.run(MILLI / 2);
      }
      assertThat(disk.forces()).isGreaterThan(forces);
    }
  }

  @Test
  void aReplicatedAppendDoesNotOvertakeASyncedOneOfItsKey() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    List<String> order = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      String set = "set" + i;
      Durability durability = i % 2 == 0 ? Durability.SYNCED : Durability.REPLICATED;
      byte[] bytes = set.getBytes(UTF_8);
      life.storage.append(key(1), 1, i, bytes, durability, failure -> order.add(set));
      if (i % 3 == 0) {
        life.loop.run(VirtualLoop.WRITE_NANOS / 2);
      }
    }
    life.loop.drain();
    assertThat(order).hasSize(40).isEqualTo(new ArrayList<>(sortedByNumber(order)));
  }

  private static List<String> sortedByNumber(List<String> sets) {
    List<String> sorted = new ArrayList<>(sets);
    sorted.sort((a, b) -> Integer.parseInt(a.substring(3)) - Integer.parseInt(b.substring(3)));
    return sorted;
  }

  @Test
  void aReadSeesAnAppendExactlyFromItsCompletionOn() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    List<String> seen = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      byte[] set = ("set" + i).getBytes(UTF_8);
      life.storage.append(
          key(1), 1, i, set, Durability.SYNCED, failure -> seen.add(life.get(key(1))));
      assertThat(life.get(key(1))).isNull();
      assertThat(life.storage.versionHash(key(1))).isEmpty();
    }
    life.loop.drain();
    assertThat(seen).containsExactly("set0", "set1", "set2", "set3", "set4");
  }

  @Test
  void aGroupTakesOneFsync() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    life.synced(key(0), "first");
    life.loop.run(MILLI);
    long forces = disk.forces();
    for (int i = 0; i < 500; i++) {
      life.append(key(i), "set" + i, i % 2 == 0 ? Durability.SYNCED : Durability.REPLICATED);
    }
    // The first replicated write of a process notes that on disk before it is acknowledged.
    Outcome last = life.synced(key(1), "last");
    life.loop.run(MILLI);
    assertThat(last.done()).isTrue();
    assertThat(disk.forces() - forces).isEqualTo(2);

    forces = disk.forces();
    long operations = disk.operations();
    for (int i = 0; i < 500; i++) {
      life.synced(key(i), "again" + i);
    }
    life.loop.run(MILLI);
    assertThat(disk.forces() - forces).isEqualTo(1);
    assertThat(disk.operations() - operations).as("one write, one force").isEqualTo(2);
    assertThat(life.storage.statistics().groups()).isEqualTo(3);
    assertThat(life.storage.statistics().groupRecords().counts().get(9)).isEqualTo(2);
  }

  @Test
  void whatArrivesWhileAGroupIsUnderWayMakesTheNextGroup() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    life.synced(key(0), "first");
    life.loop.run(VirtualLoop.WRITE_NANOS / 2);
    long forces = disk.forces();
    for (int i = 0; i < 64; i++) {
      life.synced(key(i), "set" + i);
    }
    life.loop.run(MILLI);
    assertThat(disk.forces() - forces).isEqualTo(2);
    assertThat(life.storage.statistics().appended()).isEqualTo(65);
  }

  private StorageConfig shortQueue() {
    return StorageLife.config(disk)
        .with(
            draft -> {
              draft.queueRecords = 10;
              draft.queueBytes = 2_000;
            });
  }

  @Test
  void theQueueRefusesAtItsBoundsAndTakesAgainWhenThereIsRoom() throws Exception {
    StorageLife life = StorageLife.begin(disk, shortQueue());
    for (int i = 0; i < 10; i++) {
      assertThat(life.synced(key(i), "x").taken).isTrue();
    }
    Outcome refused = life.synced(key(10), "x");
    assertThat(refused.taken).isFalse();
    life.loop.run(MILLI);
    assertThat(refused.ended()).isFalse();
    assertThat(life.storage.statistics().refused()).isEqualTo(1);
    assertThat(life.get(key(10))).isNull();

    assertThat(life.synced(key(1), "y".repeat(1_000)).taken).isTrue();
    assertThat(life.synced(key(2), "y".repeat(1_000)).taken).isFalse();
    life.loop.run(MILLI);
    assertThat(life.synced(key(2), "y".repeat(5_000)).taken).as("alone").isTrue();
    life.loop.run(MILLI);
    assertThat(life.get(key(2))).hasSize(5_000);
    assertThat(life.storage.statistics().queuedBytes()).isZero();
    assertThat(life.storage.statistics().queuedRecords()).isZero();
  }

  @Test
  void aRecordLongerThanTheQueueIsTakenBehindSmallOnes() throws Exception {
    StorageLife life = StorageLife.begin(disk, shortQueue());
    assertThat(life.synced(key(1), "x").taken).isTrue();
    assertThat(life.synced(key(2), "y".repeat(5_000)).taken).isTrue();
    assertThat(life.synced(key(3), "y".repeat(5_000)).taken).as("a second one").isFalse();
    assertThat(life.synced(key(3), "x").taken).as("what fits no more").isFalse();
    life.loop.run(MILLI);
    assertThat(life.get(key(2))).hasSize(5_000);
    assertThat(life.synced(key(3), "y".repeat(5_000)).taken).isTrue();
  }

  @Test
  void aFailedFsyncIsFinal() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    Outcome before = life.synced(key(1), "before");
    life.loop.run(MILLI);
    assertThat(before.done()).isTrue();
    disk.failAt(2, SimDisk.Fault.EIO);
    Outcome hit = life.synced(key(1), "hit");
    life.loop.run(VirtualLoop.WRITE_NANOS / 2);
    Outcome behind = life.synced(key(2), "behind");
    Outcome meta = life.saveMeta("name", "value");
    life.loop.run(MILLI);
    for (Outcome each : List.of(hit, behind, meta)) {
      assertThat(each.ended()).isTrue();
      assertThat(each.failure.reason()).contains("EIO");
    }
    assertThat(life.failures).hasSize(1);
    assertThat(life.storage.failure()).isEqualTo(life.failures.get(0));
    assertThat(life.synced(key(3), "later").taken).isFalse();
    assertThat(life.replicated(key(3), "later").taken).isFalse();
    assertThat(life.get(key(1))).as("reads go on").isEqualTo("before");
    long operations = disk.operations();
    life.close();
    assertThat(disk.operations()).as("nothing is written any more").isEqualTo(operations);
  }

  @Test
  void whatAFailedFsyncLeftInThePageCacheIsWrittenAgainBeforeItIsServed() throws Exception {
    for (int seed = 0; seed < 40; seed++) {
      SimDisk first = new SimDisk(new SplittableRandom(seed));
      StorageLife life = StorageLife.begin(first);
      Outcome put = life.replicated(key(1), "set");
      life.loop.run(MILLI);
      assertThat(put.done()).isTrue();
      first.failAt(1, SimDisk.Fault.EIO);
      life.loop.run(20 * MILLI);
      assertThat(life.failures).hasSize(1);

      SimDisk second = first.afterKill();
      assertThat(StorageLife.begin(second).get(key(1))).isEqualTo("set");
      StorageLife third = StorageLife.begin(second.afterPowerLoss());
      assertThat(third.get(key(1))).as("seed %d", seed).isEqualTo("set");
    }
  }

  @Test
  void recordsLargerThanTheWriteBufferAndThanASegmentAreKept() throws Exception {
    StorageConfig config = StorageLife.config(disk).with(draft -> draft.segmentBytes = 1 << 20);
    StorageLife life = StorageLife.begin(disk, config);
    SplittableRandom random = new SplittableRandom(3);
    byte[] large = new byte[3 << 20];
    random.nextBytes(large);
    byte[] middle = new byte[700_000];
    random.nextBytes(middle);
    Outcome[] puts = {new Outcome(), new Outcome(), new Outcome()};
    life.storage.append(key(1), 1, 1, middle, Durability.SYNCED, puts[0]);
    life.storage.append(key(2), 2, 2, large, Durability.SYNCED, puts[1]);
    life.storage.append(key(3), 3, 3, middle, Durability.SYNCED, puts[2]);
    life.loop.run(MILLI);
    assertThat(puts).allMatch(Outcome::done);
    StorageLife next = StorageLife.begin(disk.afterPowerLoss(), config);
    next.storage.read(key(2), stored -> assertThat(stored.set()).isEqualTo(large));
    next.storage.read(key(3), stored -> assertThat(stored.set()).isEqualTo(middle));
  }

  @Test
  void longestNamesAreKeptAndLongerOnesRefused() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    String bucket = "ü".repeat(Key.MAX_BYTES / 2);
    Key longest = new Key(bucket, new byte[Key.MAX_BYTES], 5);
    Outcome put = life.synced(longest, "set");
    life.synced(new Key("", new byte[0], 6), "");
    life.loop.run(MILLI);
    assertThat(put.done()).isTrue();
    assertThatThrownBy(() -> life.synced(new Key("b", new byte[Key.MAX_BYTES + 1], 5), "set"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> life.synced(new Key(bucket + "üü", new byte[1], 5), "set"))
        .isInstanceOf(IllegalArgumentException.class);
    StorageLife next = StorageLife.begin(disk.afterPowerLoss());
    assertThat(next.get(longest)).isEqualTo("set");
    assertThat(next.get(new Key("", new byte[0], 6))).isEmpty();
  }

  @Test
  void aScanGoesThroughItsPartitionInPositionOrder() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    SplittableRandom random = new SplittableRandom(9);
    TreeSet<Key> keys = new TreeSet<>();
    for (int i = 0; i < 300; i++) {
      // Few positions, so that buckets and bytes must decide; and of both signs.
      long position = (random.nextInt(8) - 4L) << 61 | random.nextInt(3);
      Key key = new Key("b" + random.nextInt(3), new byte[] {(byte) random.nextInt(256)}, position);
      if (keys.stream().noneMatch(key::equals)) {
        keys.add(key);
        life.storage.append(key, 5, i, new byte[0], Durability.REPLICATED, failure -> {});
      }
    }
    life.loop.run(MILLI);
    assertThat(scan(life, null)).containsExactlyElementsOf(keys);
    Key middle = new ArrayList<>(keys).get(keys.size() / 2);
    assertThat(scan(life, middle)).containsExactlyElementsOf(keys.tailSet(middle, false));
    List<Key> first = new ArrayList<>();
    life.storage.scan(
        ALL,
        null,
        3,
        page -> {
          assertThat(page.last()).isFalse();
          page.entries().forEach(entry -> first.add(entry.key()));
        });
    life.loop.run(MILLI);
    assertThat(first).hasSizeBetween(3, keys.size() - 1);
    assertThat(first).isEqualTo(new ArrayList<>(keys).subList(0, first.size()));
    StorageLife next = StorageLife.begin(disk.afterKill());
    assertThat(scan(next, null)).containsExactlyElementsOf(keys);
  }

  private static List<Key> scan(StorageLife life, Key after) {
    List<Key> keys = new ArrayList<>();
    life.storage.scan(
        ALL, after, 10_000, page -> page.entries().forEach(entry -> keys.add(entry.key())));
    life.loop.run(MILLI);
    return keys;
  }

  @Test
  void aScanOfSetsGoesThroughAllKeysWithinItsBounds() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    SplittableRandom random = new SplittableRandom(10);
    TreeSet<Key> keys = new TreeSet<>();
    for (int i = 0; i < 300; i++) {
      // Few positions: a page must be able to end between two keys of one.
      long position = (random.nextInt(8) - 4L) << 61 | random.nextInt(3);
      Key key = new Key("b" + random.nextInt(3), new byte[] {(byte) random.nextInt(256)}, position);
      if (keys.stream().noneMatch(key::equals)) {
        keys.add(key);
        life.replicated(key, "set of " + key + "v".repeat(random.nextInt(500)));
      }
    }
    life.loop.run(MILLI);
    for (String bucket : List.of("b0", "b1", "nobody")) {
      List<Key> wanted = keys.stream().filter(key -> key.bucket().equals(bucket)).toList();
      for (int[] bounds : new int[][] {{1, 1 << 20}, {7, 1 << 20}, {1_000, 1_500}, {1_000, 1}}) {
        List<Key> found = new ArrayList<>();
        Key after = null;
        do {
          SetPage page = sets(life, after, bounds[0], bounds[1], bucket);
          assertThat(page.entries()).hasSizeLessThanOrEqualTo(bounds[0]);
          assertThat(page.entries().stream().mapToInt(entry -> entry.kept().length).sum())
              .isLessThanOrEqualTo(bounds[1] + 600);
          for (SetPage.Entry entry : page.entries()) {
            found.add(entry.key());
            assertThat(new String(entry.kept(), UTF_8)).startsWith("set of " + entry.key());
          }
          if (page.end() != null && after != null) {
            assertThat(page.end()).isGreaterThan(after);
          }
          after = page.end();
        } while (after != null);
        assertThat(found).as(bucket + " " + Arrays.toString(bounds)).isEqualTo(wanted);
      }
    }
  }

  private static SetPage sets(StorageLife life, Key after, int keys, int bytes, String bucket) {
    SetScan.Filter filter =
        new SetScan.Filter() {
          @Override
          public boolean wanted(Key key) {
            return key.bucket().equals(bucket);
          }

          @Override
          public byte[] kept(byte[] set) {
            return set;
          }
        };
    List<SetPage> pages = new ArrayList<>();
    life.storage.scanSets(new SetScan(ALL, after, keys, bytes, filter), pages::add);
    for (int i = 0; i < 100_000 && pages.isEmpty(); i++) {
      life.loop.run(VirtualLoop.WRITE_NANOS);
    }
    assertThat(pages).hasSize(1);
    return pages.get(0);
  }

  @Test
  void aScanOfSetsWhoseReadsFailLeavesItsKeysOutInTheEnd() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    life.synced(key(1), "set");
    life.loop.run(MILLI);
    String bucket = key(1).bucket();
    disk.failReadsAt(1, 3);
    assertThat(sets(life, null, 10, 1_000, bucket).entries()).hasSize(1);
    assertThat(life.found).isEmpty();
    disk.failReads();
    assertThat(sets(life, null, 10, 1_000, bucket).entries()).isEmpty();
    assertThat(life.found).hasSize(1);
    disk.failNothing();
    assertThat(sets(life, null, 10, 1_000, bucket).entries()).as("quarantined").isEmpty();
  }

  @Test
  void bucketsAreHeldWhileAKeyOfThemIs() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    assertThat(life.storage.containsBucket("b1")).isFalse();
    life.synced(key(1), "set");
    life.loop.run(MILLI);
    assertThat(life.storage.containsBucket("b1")).isTrue();
    assertThat(life.storage.containsBucket("b0")).isFalse();
  }

  @Test
  void anIdleStoreBecomesQuiet() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    for (int i = 0; i < 10; i++) {
      life.replicated(key(i), "set");
      life.loop.run(3 * MILLI);
    }
    // The log becomes quiet at once; the memtable is flushed when it is a minute old.
    life.loop.run(100_000 * MILLI);
    long operations = disk.operations();
    life.loop.run(1_000_000 * MILLI);
    assertThat(disk.operations()).isEqualTo(operations);
  }

  @Test
  void closeFinishesWhatItTookAndTakesNoMore() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    Outcome put = life.replicated(key(1), "set");
    Outcome meta = life.saveMeta("name", "value");
    boolean[] closed = {false};
    life.storage.close(
        () -> {
          assertThat(put.done()).isTrue();
          assertThat(meta.done()).isTrue();
          closed[0] = true;
        });
    assertThat(life.synced(key(2), "set").taken).isFalse();
    Outcome late = life.saveMeta("name", "late");
    life.loop.drain();
    assertThat(closed[0]).isTrue();
    assertThat(late.failure.reason()).contains("closing");
    StorageLife next = StorageLife.begin(disk.afterPowerLoss());
    assertThat(next.get(key(1))).isEqualTo("set");
    assertThat(next.meta("name")).isEqualTo("value");
    assertThat(next.storage.recovery().mayHaveLost()).isFalse();
  }

  @Test
  void aLaterSaveOfANameReplacesThoseThatWait() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    List<Outcome> saves = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      saves.add(life.saveMeta("lease", "value" + i));
      saves.add(life.saveMeta("ring", "ring" + i));
    }
    assertThat(life.meta("lease")).isNull();
    life.loop.run(10 * MILLI);
    assertThat(saves).allMatch(Outcome::done);
    assertThat(life.storage.statistics().metaSaves()).isEqualTo(3);
    assertThat(life.meta("lease")).isEqualTo("value19");
    StorageLife next = StorageLife.begin(disk.afterPowerLoss());
    assertThat(next.meta("lease")).isEqualTo("value19");
    assertThat(next.meta("ring")).isEqualTo("ring19");
    assertThat(next.meta("other")).isNull();
    for (String name : List.of("", "Upper", "a/b", "..", "x".repeat(65), "storage-life")) {
      assertThatThrownBy(() -> next.saveMeta(name, ""))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aFullDiskHoldsUpWhatItTookRefusesMoreAndRecoversByItself() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    Outcome put = life.synced(key(1), "set");
    life.loop.run(MILLI);
    disk.capacity(disk.usedBytes() + 4_000);
    Outcome large = life.synced(key(2), "x".repeat(900_000));
    life.loop.run(1_000 * MILLI);
    assertThat(put.done()).isTrue();
    assertThat(large.taken).isTrue();
    assertThat(large.ended()).as("neither done nor failed").isFalse();
    assertThat(life.rooms).containsExactly(true);
    assertThat(life.storage.append(key(3), 3, 3, new byte[1], Durability.SYNCED, failure -> {}))
        .isEqualTo(AppendRejection.DISK_FULL);
    assertThat(life.get(key(1))).as("reads go on").isEqualTo("set");

    disk.capacity(Long.MAX_VALUE);
    life.loop.run(1_000 * MILLI);
    assertThat(large.done()).isTrue();
    assertThat(life.rooms).containsExactly(true, false);
    assertThat(life.failures).isEmpty();
    Outcome later = life.synced(key(3), "later");
    life.loop.run(MILLI);
    assertThat(later.done()).isTrue();
    StorageLife next = StorageLife.begin(disk.afterPowerLoss());
    assertThat(next.get(key(2))).hasSize(900_000);
    assertThat(next.get(key(3))).isEqualTo("later");
  }

  @Test
  void aGoldenRecordKeepsItsBytes() {
    ByteBuffer target = ByteBuffer.allocate(256);
    RecordLayout layout = new RecordLayout();
    Key key = new Key("b", "k".getBytes(UTF_8), 0x8000000000000001L);
    byte[] set = {1, 2};
    int check = layout.bodyCheck(set);
    byte[] bucket = "b".getBytes(UTF_8);
    layout.putHead(
        target, 0x1122334455667788L, 1024, 40, RecordLayout.PUT, 0, 3, bucket, key, -2L, check);
    target.put(set);
    layout.putNote(target, 0x1122334455667788L, 1064, RecordLayout.MARK, 1024, 0);
    byte[] bytes = Arrays.copyOf(target.array(), target.position());
    String put =
        "00000028 08e135f5 01 00 0003 0001 0001 8000000000000001 fffffffffffffffe 03f89f52"
            + " 62 6b 0102";
    String mark =
        "00000024 22331e38 02 00 0000 0000 0000 0000000000000400 0000000000000000 00000000";
    assertThat(HexFormat.of().formatHex(bytes)).isEqualTo((put + mark).replace(" ", ""));
  }
}
