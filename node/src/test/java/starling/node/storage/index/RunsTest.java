package starling.node.storage.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import starling.node.sim.disk.SimDisk;

/** Memtables, runs and merges beside a sorted map that says what they must say. */
class RunsTest {
  private static final String DIRECTORY = "idx";

  private final SplittableRandom random = new SplittableRandom(11);
  private final SimDisk disk = new SimDisk(random.split());
  private final TreeMap<IndexKey, Place> model = new TreeMap<>();
  private final EntryCursor cursor = new EntryCursor();

  /** Positions of both signs, some shared, some that differ in the lowest bits only. */
  private long position() {
    long spread = random.nextInt(3) == 0 ? random.nextInt(50) : random.nextLong();
    return random.nextBoolean() ? spread : ~spread;
  }

  private Memtable fill(int entries) {
    Memtable memtable = new Memtable();
    for (int i = 0; i < entries; i++) {
      IndexKey key = new IndexKey(position(), random.nextInt(4) == 0 ? i : random.nextLong());
      int length = 1 + random.nextInt(1 << 20);
      boolean removed = random.nextInt(8) == 0;
      Place place =
          new Place(
              random.nextLong() >>> 1, removed ? length | 1 << 31 : length, random.nextLong());
      boolean had =
          memtable.put(
              key.position(),
              key.fingerprint(),
              place.location(),
              length,
              place.versionHash(),
              removed,
              cursor);
      Place before = model.put(key, place);
      assertThat(had).isEqualTo(before != null);
      if (before != null) {
        assertThat(cursor.location).isEqualTo(before.location());
      }
    }
    assertThat(memtable.size()).isEqualTo(model.size());
    return memtable;
  }

  private void checkAll(EntryIterator entries, Iterable<Map.Entry<IndexKey, Place>> expected)
      throws IOException {
    for (Map.Entry<IndexKey, Place> each : expected) {
      assertThat(entries.next(cursor)).isTrue();
      check(each.getKey(), each.getValue());
    }
    assertThat(entries.next(cursor)).isFalse();
  }

  private void check(IndexKey key, Place place) {
    assertThat(new IndexKey(cursor.position, cursor.fingerprint)).isEqualTo(key);
    assertThat(cursor.location).isEqualTo(place.location());
    assertThat(cursor.length).isEqualTo(place.lengthAndMark() & Integer.MAX_VALUE);
    assertThat(cursor.removed).isEqualTo(place.lengthAndMark() < 0);
    assertThat(cursor.versionHash).isEqualTo(place.versionHash());
  }

  private Run write(Memtable memtable) throws Exception {
    RunDescription written =
        RunWriter.write(disk, DIRECTORY, 3, 7, memtable.iterate(0, -1L), memtable.size());
    return Run.open(disk, DIRECTORY, written);
  }

  /** Every byte of a run rots in its turn, after it was opened. */
  @Test
  void aPageThatRotsNeverHidesAnEntryNorChangesOne() throws Exception {
    Memtable memtable = fill(700);
    Run run = write(memtable);
    String file = run.description().fileName(DIRECTORY);
    byte[] sound = disk.bytes(file);
    int refused = 0;
    for (int at = 0; at < sound.length; at++) {
      if (sound[at] == 0 && at % 61 != 0) {
        continue;
      }
      int bits = 1 << random.nextInt(8);
      disk.flip(file, at, bits);
      for (Map.Entry<IndexKey, Place> each : around(at * 700 / sound.length)) {
        IndexKey key = each.getKey();
        try {
          assertThat(run.findChecked(key.position(), key.fingerprint(), cursor)).isTrue();
          check(key, each.getValue());
        } catch (DamagedPageException e) {
          refused++;
        }
        try {
          assertThat(run.find(key.position(), key.fingerprint(), cursor)).isTrue();
        } catch (DamagedPageException e) {
          refused++;
        }
      }
      try {
        checkAll(run.iterate(0, -1L), model.entrySet());
      } catch (DamagedPageException e) {
        refused++;
      }
      assertThatThrownBy(run::verify).isInstanceOf(DamagedPageException.class);
      disk.flip(file, at, bits);
    }
    assertThat(refused).isGreaterThan(10_000);
  }

  private List<Map.Entry<IndexKey, Place>> around(int index) {
    return model.entrySet().stream().skip(Math.max(0, index - 8)).limit(16).toList();
  }

  private RunsTest() throws IOException {
    disk.createDirectory(DIRECTORY);
  }

  @Test
  void aMemtableAndItsRunSayTheSameAtEverySize() throws Exception {
    for (int entries : new int[] {1, 2, 31, 32, 33, 64, 65, 1000, 1023, 5000, 40_000}) {
      model.clear();
      Memtable memtable = fill(entries);
      Run run = write(memtable);
      assertThat(run.description().entries()).isEqualTo(model.size());
      checkAll(memtable.iterate(0, -1L), model.entrySet());
      checkAll(run.iterate(0, -1L), model.entrySet());
      for (Map.Entry<IndexKey, Place> each : model.entrySet()) {
        IndexKey key = each.getKey();
        assertThat(memtable.find(key.position(), key.fingerprint(), cursor)).isTrue();
        check(key, each.getValue());
        assertThat(run.find(key.position(), key.fingerprint(), cursor)).isTrue();
        check(key, each.getValue());
        IndexKey other = new IndexKey(key.position(), ~key.fingerprint());
        boolean there = model.containsKey(other);
        assertThat(run.find(other.position(), other.fingerprint(), cursor)).isEqualTo(there);
        assertThat(memtable.find(other.position(), other.fingerprint(), cursor)).isEqualTo(there);
      }
      for (int i = 0; i < 50; i++) {
        long a = position();
        long b = position();
        long from = Long.compareUnsigned(a, b) <= 0 ? a : b;
        long to = from == a ? b : a;
        var part = model.subMap(new IndexKey(from, 0), true, new IndexKey(to, -1L), true);
        checkAll(memtable.iterate(from, to), part.entrySet());
        checkAll(run.iterate(from, to), part.entrySet());
      }
      run.letGo();
    }
  }

  @Test
  void aRangeThatIsRemovedIsGoneAndTheRestStays() throws Exception {
    Memtable memtable = fill(2000);
    memtable.removeRange(0x4000_0000_0000_0000L, 0xbfff_ffff_ffff_ffffL);
    model.keySet().removeIf(key -> (key.position() >>> 62) % 3 != 0);
    assertThat(memtable.size()).isEqualTo(model.size());
    checkAll(memtable.iterate(0, -1L), model.entrySet());
  }

  @Test
  void aMergeSaysWhatTheNewestSaysAndNamesTheDead() throws Exception {
    List<Memtable> oldestFirst = new ArrayList<>();
    TreeMap<IndexKey, Place> newest = new TreeMap<>();
    long entries = 0;
    for (int i = 0; i < 5; i++) {
      model.clear();
      oldestFirst.add(0, fill(3000));
      entries += model.size();
      newest.putAll(model);
    }
    for (boolean dropRemoved : new boolean[] {false, true}) {
      List<EntryIterator> sources = new ArrayList<>();
      oldestFirst.forEach(memtable -> sources.add(memtable.iterate(0, -1L)));
      long[] dead = {0};
      EntryIterator merged =
          new MergeIterator(sources, dropRemoved, (location, length) -> dead[0]++);
      TreeMap<IndexKey, Place> expected = new TreeMap<>(newest);
      if (dropRemoved) {
        expected.values().removeIf(place -> place.lengthAndMark() < 0);
      }
      checkAll(merged, expected.entrySet());
      assertThat(dead[0]).isEqualTo(entries - expected.size());
    }
  }

  @Test
  void everyFlippedByteOfARunIsNoticed() throws Exception {
    Memtable memtable = fill(40);
    Run run = write(memtable);
    RunDescription description = run.description();
    run.letGo();
    int flips = 0;
    for (String name : List.of(description.fileName(DIRECTORY), description.bloomName(DIRECTORY))) {
      byte[] sound = disk.bytes(name);
      for (int at = 0; at < sound.length; at++) {
        byte[] damaged = sound.clone();
        damaged[at] ^= (byte) (1 << random.nextInt(8));
        disk.replace(name, damaged);
        assertThatThrownBy(() -> Run.open(disk, DIRECTORY, description))
            .as(name + " at " + at)
            .isInstanceOf(DamagedRunException.class);
        flips++;
      }
      disk.replace(name, sound);
    }
    assertThat(flips).isGreaterThan(1000);
    Run.open(disk, DIRECTORY, description).letGo();
    disk.delete(description.bloomName(DIRECTORY));
    assertThatThrownBy(() -> Run.open(disk, DIRECTORY, description))
        .isInstanceOf(DamagedRunException.class);
  }

  @Test
  void aFilterLetsFewMissesThroughAndNoHitIsMissed() {
    KeyFilter filter = KeyFilter.of(10_000);
    long[] keys = random.longs(20_000).toArray();
    for (int i = 0; i < keys.length; i += 2) {
      filter.add(keys[i], keys[i + 1]);
    }
    int through = 0;
    for (int i = 0; i < keys.length; i += 2) {
      assertThat(filter.mayContain(keys[i], keys[i + 1])).isTrue();
      through += filter.mayContain(keys[i], random.nextLong()) ? 1 : 0;
    }
    assertThat(through).isBetween(20, 250);
    assertThat(KeyFilter.decode(filter.encode()).encode()).isEqualTo(filter.encode());
  }

  @Test
  void theLastToLetGoDeletesTheFiles() throws Exception {
    Run run = write(fill(10));
    String name = run.description().fileName(DIRECTORY);
    run.hold();
    run.letGoAndDelete(disk);
    assertThat(disk.exists(name)).isTrue();
    run.letGo();
    assertThat(disk.exists(name)).isFalse();
    assertThatThrownBy(run::hold).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void fewRunsAreLeftAloneAndManyAreMerged() {
    assertThat(MergePolicy.choose(runs(100))).isNull();
    assertThat(MergePolicy.choose(runs(10, 100))).isNull();
    assertThat(MergePolicy.choose(runs(10, 10, 10, 100))).isNull();
    assertThat(MergePolicy.choose(runs(10, 10, 10, 10, 1000)))
        .isEqualTo(new MergePolicy.Choice(0, 4));
    assertThat(MergePolicy.choose(runs(10, 40, 100))).isEqualTo(new MergePolicy.Choice(0, 3));
    assertThat(MergePolicy.choose(runs(10, 60, 60, 60, 60, 1000)))
        .isEqualTo(new MergePolicy.Choice(1, 5));
  }

  private static List<RunDescription> runs(long... entries) {
    List<RunDescription> runs = new ArrayList<>();
    for (int i = 0; i < entries.length; i++) {
      runs.add(new RunDescription(0, i, entries[i], 0, 0, 0, 0));
    }
    return runs;
  }
}
