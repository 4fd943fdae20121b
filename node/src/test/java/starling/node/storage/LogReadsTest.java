package starling.node.storage;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static starling.node.storage.StorageLife.key;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import starling.node.sim.disk.SimDisk;
import starling.node.storage.StorageLife.Outcome;

/** Reads that meet damage or an error of the disk: what is served, tried again and quarantined. */
class LogReadsTest {
  private static final long MILLI = 1_000_000;

  private final SimDisk disk = new SimDisk(new SplittableRandom(1));

  @Test
  void aRecordThatIsDamagedWhenItIsReadIsNeverServed() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    life.synced(key(1), "the set that will rot");
    life.synced(key(2), "another");
    life.loop.run(MILLI);
    String name = "log/0000000001.seg";
    byte[] segment = disk.bytes(name);
    int at = new String(segment, ISO_8859_1).indexOf("rot");
    segment[at] ^= 4;
    disk.replace(name, segment);

    assertThat(life.get(key(1))).isNull();
    assertThat(life.found).hasSize(1);
    CorruptRange found = life.found.get(0);
    assertThat(found.key()).isEqualTo(key(1));
    assertThat(life.get(key(2))).isEqualTo("another");
    assertThat(life.storage.versionHash(key(1))).isEmpty();
    assertThat(life.storage.statistics().corruptRanges()).isEqualTo(1);
    assertThat(life.get(key(1))).isNull();
    assertThat(life.found).as("told once").hasSize(1);

    life.synced(key(1), "mended");
    life.loop.run(MILLI);
    assertThat(life.get(key(1))).isEqualTo("mended");
    Outcome handled = new Outcome();
    life.handleAll(handled);
    life.loop.run(MILLI);
    StorageLife next = StorageLife.begin(disk.afterKill());
    assertThat(next.get(key(1))).isEqualTo("mended");
    assertThat(next.storage.recovery().corruptRanges()).as("handled before").isEmpty();
    assertThat(next.storage.statistics().corruptRanges()).as("still there").isEqualTo(1);
  }

  @Test
  void damageThatNobodyNamedAsHandledIsReportedAgain() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    life.synced(key(1), "the first set");
    life.synced(key(2), "the second set");
    life.loop.run(MILLI);
    rot("first");
    assertThat(life.get(key(1))).isNull();
    List<CorruptRange> known = life.storage.unhandledDamage();
    assertThat(known).extracting(CorruptRange::key).containsExactly(key(1));
    rot("second");
    assertThat(life.get(key(2))).isNull();
    Outcome handled = new Outcome();
    life.storage.recoveryHandled(known, true, handled);
    life.loop.run(MILLI);
    assertThat(handled.done()).isTrue();
    assertThat(life.storage.unhandledDamage())
        .extracting(CorruptRange::key)
        .containsExactly(key(2));

    StorageLife next = StorageLife.begin(disk.afterKill());
    assertThat(next.storage.recovery().corruptRanges())
        .extracting(CorruptRange::key)
        .containsExactly(key(2));
    assertThat(next.storage.unhandledDamage()).isEqualTo(next.storage.recovery().corruptRanges());
  }

  /** Turns a bit of the first segment where some text begins. */
  private void rot(String text) throws IOException {
    String name = "log/0000000001.seg";
    byte[] segment = disk.bytes(name);
    segment[new String(segment, ISO_8859_1).indexOf(text)] ^= 4;
    disk.replace(name, segment);
  }

  @Test
  void aReadThatFailsOnceIsTriedAgainAndIsNoDamage() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    life.synced(key(1), "set");
    life.loop.run(MILLI);
    for (int times = 1; times <= 4; times++) {
      disk.failReadsAt(1, times);
      assertThat(life.get(key(1))).as(times + " failures").isEqualTo("set");
    }
    assertThat(life.found).isEmpty();
    assertThat(life.storage.unhandledDamage()).isEmpty();
  }

  @Test
  void aRecordThatNoAttemptCouldReadIsQuarantined() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    life.synced(key(1), "set");
    life.loop.run(MILLI);
    disk.failReads();
    assertThat(life.get(key(1))).isNull();
    disk.failNothing();
    assertThat(life.found.get(0).reason()).contains("could not be read");
    assertThat(life.get(key(1))).as("quarantined").isNull();
    assertThat(life.storage.failure()).isNull();
  }

  @Test
  void aScanWhoseReadsFailNamesItsKeysInTheEnd() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    life.synced(key(1), "set");
    life.synced(key(9), "set");
    life.loop.run(MILLI);
    disk.failReadsAt(1, 3);
    assertThat(scan(life)).containsExactly(key(1), key(9));
    assertThat(life.found).isEmpty();

    disk.failReads();
    assertThat(scan(life)).isEmpty();
    assertThat(life.found).hasSize(2);
    disk.failNothing();
    assertThat(scan(life)).as("quarantined").isEmpty();
    assertThat(life.found).as("told once").hasSize(2);
  }

  private static List<Key> scan(StorageLife life) {
    List<ScanPage> pages = new ArrayList<>();
    life.storage.scan(PositionRange.ofPartition(1, 3), null, 10, pages::add);
    for (int i = 0; i < 100_000 && pages.isEmpty(); i++) {
      life.loop.run(VirtualLoop.WRITE_NANOS);
    }
    assertThat(pages).hasSize(1);
    return pages.get(0).entries().stream().map(ScanPage.Entry::key).toList();
  }
}
