package starling.node.storage;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static starling.node.storage.StorageLife.key;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import starling.node.sim.disk.SimDisk;

/** Each byte flipped and each length cut: nothing damaged is served, nothing is lost in silence. */
class LogDamageTest {
  private static final long MILLI = 1_000_000;
  private static final int KEYS = 6;
  private static final int PUTS = 20;

  private final SimDisk disk = new SimDisk(new SplittableRandom(1));

  /** For each put in order: the key's number and the set. */
  private final List<Map.Entry<Integer, String>> puts = new ArrayList<>();

  /** Some synced puts over several segments, one group each. */
  private StorageLife write() throws IOException {
    StorageLife life = StorageLife.begin(disk, config(disk));
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < PUTS; i++) {
      String set = "set" + i + "." + "x".repeat(random.nextInt(300));
      puts.add(Map.entry(i % KEYS, set));
      life.synced(key(i % KEYS), set);
      life.loop.run(MILLI);
    }
    return life;
  }

  private static StorageConfig config(SimDisk disk) {
    return StorageLife.config(disk).with(draft -> draft.segmentBytes = 4096);
  }

  /** What each key holds after the first {@code n} puts. */
  private Map<Integer, String> after(int n) {
    Map<Integer, String> sets = new LinkedHashMap<>();
    puts.subList(0, n).forEach(put -> sets.put(put.getKey(), put.getValue()));
    return sets;
  }

  private static Map<Integer, String> contents(StorageLife life) {
    Map<Integer, String> sets = new LinkedHashMap<>();
    for (int i = 0; i < KEYS; i++) {
      String set = life.get(key(i));
      if (set != null) {
        sets.put(i, set);
      }
    }
    return sets;
  }

  @Test
  void noFlippedByteOfAStoreThatWasClosedIsServedOrLostInSilence() throws Exception {
    write().close();
    flipEachByte(true);
  }

  @Test
  void noFlippedByteBelowTheLastMarkOfAKilledStoreIsServedOrLostInSilence() throws Exception {
    // After a rest the log itself says that everything is durable.
    write().loop.run(1_000 * MILLI);
    flipEachByte(false);
  }

  private void flipEachByte(boolean closed) throws IOException {
    int reported = 0;
    int flips = 0;
    SplittableRandom bits = new SplittableRandom(6);
    for (String file : logs(disk)) {
      byte[] sound = disk.bytes(file);
      int end = sound.length;
      while (sound[end - 1] == 0) {
        end--;
      }
      for (int at = 0; at < sound.length; at++) {
        byte[] damaged = sound.clone();
        damaged[at] ^= (byte) (1 << bits.nextInt(8));
        SimDisk copy = disk.copy(bits.split());
        copy.replace(file, damaged);
        StorageLife life = StorageLife.begin(copy, config(copy));
        String where = file + " at " + at;
        boolean told = judge(life, where);
        if (closed) {
          assertThat(life.storage.recovery().tornBytes()).as(where).isZero();
        }
        assertThat(copy.bytes(file).length).as(where).isGreaterThanOrEqualTo(Math.min(at, end));
        flips++;
        reported += told ? 1 : 0;
      }
    }
    assertThat(flips).isGreaterThan(5_000);
    assertThat(reported).isGreaterThan(flips / 4);
  }

  /** Whether damage was reported; fails if something is wrong or missing and it was not. */
  private boolean judge(StorageLife life, String where) {
    StorageRecovery recovery = life.storage.recovery();
    Map<Integer, String> found = contents(life);
    Map<Integer, String> expected = after(PUTS);
    for (int i = 0; i < KEYS; i++) {
      String set = found.get(i);
      if (set != null) {
        assertThat(puts).as(where).contains(Map.entry(i, set));
      }
      if (!expected.get(i).equals(set)) {
        Key key = key(i);
        List<CorruptRange> told = new ArrayList<>(recovery.corruptRanges());
        told.addAll(life.found);
        assertThat(told)
            .as(where)
            .anyMatch(range -> range.key() == null || range.key().equals(key));
      }
    }
    return !recovery.corruptRanges().isEmpty() || !life.found.isEmpty();
  }

  @Test
  void aSetThatRottedNamesItsPartitionAndItsKey() throws Exception {
    write().close();
    String file = logs(disk).get(0);
    byte[] bytes = disk.bytes(file);
    int at = new String(bytes, ISO_8859_1).indexOf("set3.");
    bytes[at] ^= 1;
    disk.replace(file, bytes);
    SimDisk next = disk.afterKill();
    CorruptRange range =
        StorageLife.begin(next, config(next)).storage.recovery().corruptRanges().get(0);
    assertThat(range.key()).isEqualTo(key(3));
  }

  @Test
  void aTailThatWasCutAtAnyLengthLosesOnlyWhatLayBehind() throws Exception {
    write();
    List<String> files = logs(disk);
    String last = files.get(files.size() - 1);
    byte[] whole = disk.bytes(last);
    int least = PUTS;
    for (int length = whole.length; length >= SegmentHeader.BYTES; length--) {
      SimDisk copy = disk.copy(new SplittableRandom(length));
      copy.replace(last, Arrays.copyOf(whole, length));
      StorageLife life = StorageLife.begin(copy, config(copy));
      assertThat(life.storage.recovery().corruptRanges()).as("cut at " + length).isEmpty();
      long records = life.storage.recovery().records();
      assertThat(contents(life)).as("cut at " + length).isEqualTo(after((int) records));
      assertThat(records).isLessThanOrEqualTo(least);
      least = (int) records;
      long torn = life.storage.recovery().tornBytes();
      List<String> kept = new ArrayList<>(copy.files());
      kept.removeIf(name -> !name.endsWith(".torn"));
      byte[] bytes = Arrays.copyOfRange(whole, (int) (length - torn), length);
      // Nothing but zeros is what an extended file looks like: nothing to keep.
      boolean zero = Arrays.equals(bytes, new byte[bytes.length]);
      assertThat(kept).hasSize(zero ? 0 : 1);
      if (!zero) {
        assertThat(copy.bytes(kept.get(0))).isEqualTo(bytes);
      }
    }
    assertThat(least).isLessThan(PUTS);
  }

  @Test
  void aStoreThatWasClosedAndCutAtAnyLengthSaysSo() throws Exception {
    write().close();
    for (String file : logs(disk)) {
      byte[] whole = disk.bytes(file);
      for (int length = whole.length - 1; length >= 0; length--) {
        SimDisk copy = disk.copy(new SplittableRandom(length));
        copy.replace(file, Arrays.copyOf(whole, length));
        StorageLife life = StorageLife.begin(copy, config(copy));
        StorageRecovery recovery = life.storage.recovery();
        assertThat(!recovery.corruptRanges().isEmpty() || recovery.mayHaveLost())
            .as(file + " cut at " + length)
            .isTrue();
        if (!recovery.mayHaveLost()) {
          judge(life, file + " cut at " + length);
        }
      }
    }
  }

  @Test
  void aSegmentThatIsGoneIsReported() throws Exception {
    write().close();
    List<String> files = logs(disk);
    disk.delete(files.get(0));
    SimDisk next = disk.afterKill();
    StorageLife life = StorageLife.begin(next, config(next));
    assertThat(life.storage.recovery().corruptRanges().get(0).reason()).contains("missing");
  }

  @Test
  void aRecordInAnotherRecordsPlaceIsNotServed() throws Exception {
    StorageLife life = StorageLife.begin(disk, config(disk));
    life.synced(key(1), "first");
    life.synced(key(2), "other");
    life.close();
    String file = logs(disk).get(0);
    byte[] bytes = disk.bytes(file);
    int length = RecordLayout.HEAD_BYTES + 4 + 5;
    int first = SegmentHeader.BYTES + RecordLayout.HEAD_BYTES;
    System.arraycopy(bytes, first, bytes, first + length, length);
    disk.replace(file, bytes);
    SimDisk next = disk.afterKill();
    StorageLife reopened = StorageLife.begin(next, config(next));
    assertThat(reopened.get(key(1))).isEqualTo("first");
    assertThat(reopened.get(key(2))).isNull();
    assertThat(reopened.storage.recovery().corruptRanges()).hasSize(1);
  }

  @Test
  void flippedMetadataReadsAsMissingAndIsNamed() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    life.saveMeta("lease", "value");
    life.close();
    byte[] sound = disk.bytes("meta/lease");
    for (int at = 0; at < sound.length; at++) {
      byte[] damaged = sound.clone();
      damaged[at] ^= 16;
      SimDisk copy = disk.copy(new SplittableRandom(at));
      copy.replace("meta/lease", damaged);
      StorageLife next = StorageLife.begin(copy);
      assertThat(next.meta("lease")).isNull();
      assertThat(next.storage.recovery().damagedMeta()).containsExactly("lease");
    }
  }

  private static List<String> logs(SimDisk disk) {
    List<String> files = new ArrayList<>(disk.files());
    files.removeIf(name -> !name.endsWith(".seg"));
    return files;
  }
}
