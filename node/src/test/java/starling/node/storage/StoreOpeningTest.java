package starling.node.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static starling.node.storage.StorageLife.key;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import starling.node.sim.disk.SimDisk;
import starling.node.storage.StorageLife.Outcome;

/** What opening a store says about writes that may be lost, and which stores it rejects. */
class StoreOpeningTest {
  private static final long MILLI = 1_000_000;

  private final SimDisk disk = new SimDisk(new SplittableRandom(1));

  @Test
  void acknowledgedBeforeTheirFsyncWritesMayBeLostByABootOnly() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    life.replicated(key(1), "one");
    life.loop.run(MILLI);
    SimDisk killed = disk.afterKill();
    life = StorageLife.begin(killed);
    assertThat(life.storage.recovery().mayHaveLost()).as("only killed").isFalse();

    SimDisk rebooted = killed.afterPowerLoss();
    life = StorageLife.begin(rebooted);
    assertThat(life.storage.recovery().mayHaveLost()).as("that process made none").isFalse();
    assertThat(life.get(key(1))).isEqualTo("one");
    life.replicated(key(1), "two");
    life.loop.run(MILLI);

    SimDisk again = rebooted.afterPowerLoss();
    assertThat(StorageLife.begin(again).storage.recovery().mayHaveLost()).isTrue();
    again = again.afterKill();
    life = StorageLife.begin(again);
    assertThat(life.storage.recovery().mayHaveLost()).as("told until handled").isTrue();
    Outcome handled = new Outcome();
    life.handleAll(handled);
    life.loop.run(MILLI);
    assertThat(handled.done()).isTrue();
    again = again.afterPowerLoss();
    assertThat(StorageLife.begin(again).storage.recovery().mayHaveLost()).isFalse();
  }

  @Test
  void handlingARecoveryDoesNotHideThatWritesWereAcknowledgedMeanwhile() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    life.saveMeta("other", "keeps the writer busy");
    life.handleAll(new Outcome());
    Outcome put = life.replicated(key(1), "set");
    life.loop.run(MILLI);
    assertThat(put.done()).isTrue();
    StorageLife next = StorageLife.begin(disk.afterPowerLoss());
    assertThat(next.storage.recovery().mayHaveLost()).isTrue();
  }

  @Test
  void filesThatAreNotThoseThatWereLeftMayHaveLost() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    life.synced(key(1), "one");
    life.close();
    SimDisk without = disk.copy(new SplittableRandom(2));
    without.delete("log/0000000001.seg");
    StorageRecovery recovery = StorageLife.begin(without).storage.recovery();
    assertThat(recovery.mayHaveLost()).isTrue();
    assertThat(recovery.fresh()).isFalse();

    without = disk.copy(new SplittableRandom(2));
    without.delete("meta/storage-life");
    assertThat(StorageLife.begin(without).storage.recovery().mayHaveLost()).isTrue();
  }

  @Test
  void anEmptiedDirectoryIsNamed() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    for (int i = 0; i < 2_000; i++) {
      life.synced(key(i), "x".repeat(300));
      life.loop.run(MILLI);
    }
    life.close();
    SimDisk without = disk.copy(new SplittableRandom(2));
    without.deleteAll(name -> name.startsWith("log/"));
    StorageRecovery recovery = StorageLife.begin(without).storage.recovery();
    assertThat(recovery.loss()).contains("the directory log is empty", "segment ");

    without = disk.copy(new SplittableRandom(2));
    without.deleteAll(name -> name.startsWith("meta/"));
    recovery = StorageLife.begin(without).storage.recovery();
    assertThat(recovery.loss()).contains("the directory meta is empty");

    without = disk.copy(new SplittableRandom(2));
    List<String> segments = new ArrayList<>(without.files());
    segments.removeIf(name -> !name.endsWith(".seg"));
    without.delete(segments.get(segments.size() - 1));
    recovery = StorageLife.begin(without).storage.recovery();
    assertThat(recovery.loss()).contains("the directory log ends before segment");
  }

  @Test
  void aStoreOfAnotherNodeIsRefusedWithWords() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    life.synced(key(1), "one");
    life.close();
    SimDisk next = disk.afterKill();
    StorageConfig other = StorageConfig.of(new UUID(8, 8), next.bootId());
    assertThatThrownBy(() -> StorageLife.begin(next, other))
        .isInstanceOf(StoreRefusedException.class)
        .hasMessageContaining("belongs to store " + StorageLife.STORE);
  }

  @Test
  void aSegmentOfANewerFormatIsRefusedWithWords() throws Exception {
    StorageLife life = StorageLife.begin(disk);
    life.synced(key(1), "one");
    life.close();
    String name = "log/0000000001.seg";
    byte[] segment = disk.bytes(name);
    for (int start : new int[] {0, 512}) {
      segment[start + 8] = 3;
      CRC32C crc = new CRC32C();
      crc.update(segment, start, 60);
      ByteBuffer.wrap(segment).putInt(start + 60, (int) crc.getValue());
    }
    disk.replace(name, segment);
    SimDisk next = disk.afterKill();
    assertThatThrownBy(() -> StorageLife.begin(next))
        .isInstanceOf(StoreRefusedException.class)
        .hasMessageContaining("format version 3");
  }
}
