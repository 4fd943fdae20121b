package starling.node.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import starling.node.runtime.storage.FileDisk;
import starling.node.runtime.storage.StorageThreads;

/** The store on real files and with a real writer thread; the test's thread is the owner. */
@Timeout(60)
class FileStorageTest {
  private final OwnerThread owner = new OwnerThread();

  @TempDir Path directory;

  @Test
  void whatWasPutIsThereAfterAnOrderlyStop() throws Exception {
    try (FileDisk disk = FileDisk.open(directory);
        StorageThreads writer = StorageThreads.start("storage")) {
      LogStorage storage = owner.open(disk, writer);
      assertThat(storage.recovery().fresh()).isTrue();
      List<StorageFailure> outcomes = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        Durability durability = i % 3 == 0 ? Durability.SYNCED : Durability.REPLICATED;
        assertThat(storage.append(key(i), i % 4, i, value(i), durability, outcomes::add)).isNull();
      }
      owner.runUntil(() -> outcomes.size() == 1000);
      assertThat(outcomes).containsOnlyNulls();
      owner.close(storage);
    }
    try (FileDisk disk = FileDisk.open(directory);
        StorageThreads writer = StorageThreads.start("storage")) {
      LogStorage storage = owner.open(disk, writer);
      StorageRecovery recovery = storage.recovery();
      assertThat(recovery.records()).isEqualTo(1000);
      assertThat(recovery.corruptRanges()).isEmpty();
      assertThat(recovery.mayHaveLost()).isFalse();
      for (int i = 0; i < 1000; i++) {
        byte[] expected = value(i);
        int number = i;
        storage.read(
            key(i),
            stored -> {
              assertThat(stored.set()).isEqualTo(expected);
              assertThat(stored.versionHash()).isEqualTo(number);
            });
      }
      assertThat(storage.statistics().segments()).isGreaterThan(1);
      owner.close(storage);
    }
  }

  @Test
  void aSecondOpenOfTheSameDirectoryIsRefused() throws Exception {
    try (FileDisk disk = FileDisk.open(directory)) {
      assertThat(disk.list("")).containsExactly("LOCK");
      assertThatThrownBy(() -> FileDisk.open(directory))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("in use");
    }
    FileDisk.open(directory).close();
  }

  @Test
  void noNameLeadsOutOfTheDirectory() throws Exception {
    try (FileDisk disk = FileDisk.open(directory)) {
      for (String name : List.of("../a", "/a", "a/../b", "a//b", ".", "a/")) {
        assertThatThrownBy(() -> disk.open(name)).isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  @Test
  void anInterruptedReaderDisturbsNobody() throws Exception {
    try (FileDisk disk = FileDisk.open(directory);
        StorageThreads writer = StorageThreads.start("storage")) {
      LogStorage storage = owner.open(disk, writer);
      List<StorageFailure> outcomes = new ArrayList<>();
      storage.append(key(1), 0, 1, value(1), Durability.SYNCED, outcomes::add);
      owner.runUntil(() -> outcomes.size() == 1);
      Thread.currentThread().interrupt();
      storage.read(key(1), stored -> assertThat(stored.set()).isEqualTo(value(1)));
      assertThat(Thread.interrupted()).isTrue();
      storage.append(key(2), 0, 1, value(2), Durability.SYNCED, outcomes::add);
      owner.runUntil(() -> outcomes.size() == 2);
      assertThat(outcomes).containsOnlyNulls();
      owner.close(storage);
    }
  }

  private static Key key(int i) {
    return new Key("bucket" + i % 3, ("key" + i).getBytes(UTF_8), i * 0x9e3779b97f4a7c15L);
  }

  private static byte[] value(int i) {
    byte[] value = new byte[i % 700];
    new SplittableRandom(i).nextBytes(value);
    return value;
  }
}
