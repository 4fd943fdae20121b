package starling.node.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import starling.node.runtime.storage.FileDisk;
import starling.node.runtime.storage.StorageThreads;

/** A writing process is killed without warning; what it acknowledged is there. */
@Timeout(120)
class StorageKillIT {
  private static final int ROUNDS = 10;

  @TempDir Path directory;

  @Test
  void everythingAcknowledgedSurvivesKillNine() throws Exception {
    List<Integer> acknowledged = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      int first = round * 1_000_000;
      acknowledged.addAll(writeAndKill(first, 700 + 111 * round));
      check(acknowledged);
    }
    assertThat(acknowledged.size()).isGreaterThan(ROUNDS * 700);
  }

  private List<Integer> writeAndKill(int first, int acknowledgements)
      throws IOException, InterruptedException {
    Process child =
        new ProcessBuilder(
                System.getProperty("test.java", "java"),
                "-cp",
                System.getProperty("java.class.path"),
                KilledWriter.class.getName(),
                directory.toString(),
                Integer.toString(first))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<Integer> numbers = new ArrayList<>();
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(child.getInputStream(), UTF_8))) {
      while (numbers.size() < acknowledgements) {
        numbers.add(Integer.valueOf(lines.readLine()));
      }
      // By its handle: the process itself would close the stream before the rest is read.
      child.toHandle().destroyForcibly();
      child.waitFor();
      // What it had printed before it died, but for a last line that was torn.
      StringBuilder rest = new StringBuilder();
      for (int c = lines.read(); c >= 0; c = lines.read()) {
        rest.append((char) c);
      }
      int end = rest.lastIndexOf("\n");
      rest.substring(0, Math.max(0, end)).lines().forEach(n -> numbers.add(Integer.valueOf(n)));
    } finally {
      child.destroyForcibly();
    }
    return numbers;
  }

  private void check(List<Integer> acknowledged) throws Exception {
    OwnerThread owner = new OwnerThread();
    try (FileDisk disk = FileDisk.open(directory);
        StorageThreads writer = StorageThreads.start("storage")) {
      LogStorage storage = owner.open(disk, writer);
      assertThat(storage.recovery().corruptRanges()).isEmpty();
      assertThat(storage.recovery().mayHaveLost()).isFalse();
      for (int number : acknowledged) {
        storage.read(
            KilledWriter.key(number),
            stored -> {
              assertThat(stored).as("number %d", number).isNotNull();
              assertThat(stored.set()).isEqualTo(KilledWriter.set(number));
            });
      }
      owner.close(storage);
    }
  }
}
