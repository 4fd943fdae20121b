package starling.node.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import starling.node.runtime.storage.FileDisk;
import starling.node.runtime.storage.StorageThreads;

/**
 * A writing process is killed inside a system call of its storage: a kill at a random moment hits
 * the narrow places between a write, its fsync and a rename too seldom. Needs strace, and the right
 * to trace. {@code -Dstarling.storage.kills=N} kills N times.
 */
@Timeout(900)
class StorageTraceIT {
  private static final int KILLS = Integer.getInteger("starling.storage.kills", 20);
  private static final long SEED = Long.getLong("starling.storage.first", 1);

  private static final List<String> CALLS =
      List.of("pwrite64", "fdatasync", "fsync", "rename", "unlink");

  @TempDir Path directory;

  @BeforeAll
  static void straceWorks() throws Exception {
    boolean works;
    try {
      Process trial =
          new ProcessBuilder("strace", "-e", "trace=none", "true")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      works = trial.waitFor(10, TimeUnit.SECONDS) && trial.exitValue() == 0;
    } catch (IOException e) {
      works = false;
    }
    assumeTrue(works, "skipped: strace is not installed, or may not trace here");
  }

  @Test
  void everythingAcknowledgedSurvivesAKillInsideASystemCall() throws Exception {
    SplittableRandom random = new SplittableRandom(SEED);
    List<Integer> acknowledged = new ArrayList<>();
    for (int round = 0; round < KILLS; round++) {
      String call = CALLS.get(round % CALLS.size());
      // Names change seldom, records all the time.
      int when = 1 + random.nextInt(call.startsWith("r") || call.startsWith("u") ? 12 : 60);
      String where = "seed " + SEED + ", round " + round + ", " + call + " number " + when;
      acknowledged.addAll(writeUntilKilled(round * 1_000_000, call, when, where));
      check(acknowledged, where);
    }
    assertThat(acknowledged.size()).isGreaterThan(KILLS * 20);
  }

  private List<Integer> writeUntilKilled(int first, String call, int when, String where)
      throws Exception {
    Process traced =
        new ProcessBuilder(
                "strace",
                "-f",
                "-o",
                "/dev/null",
                "-e",
                "trace=" + call,
                "-e",
                "inject=" + call + ":signal=SIGKILL:when=" + when,
                System.getProperty("test.java", "java"),
                "-cp",
                System.getProperty("java.class.path"),
                KilledWriter.class.getName(),
                directory.toString(),
                Integer.toString(first))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    List<Integer> numbers = new ArrayList<>();
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(traced.getInputStream(), UTF_8))) {
      StringBuilder all = new StringBuilder();
      // A call that does not come so often is waited for no longer than this many answers.
      int answers = 0;
      for (int c = lines.read(); c >= 0 && answers < 3_000; c = lines.read()) {
        all.append((char) c);
        answers += c == '\n' ? 1 : 0;
      }
      // The writer outlives its tracer for a moment, and holds the directory's lock until it is
      // gone.
      List<ProcessHandle> writers = traced.descendants().toList();
      writers.forEach(ProcessHandle::destroyForcibly);
      traced.destroyForcibly();
      assertThat(traced.waitFor(60, TimeUnit.SECONDS)).as(where).isTrue();
      for (ProcessHandle writer : writers) {
        writer.onExit().get(60, TimeUnit.SECONDS);
      }
      int end = all.lastIndexOf("\n");
      all.substring(0, Math.max(0, end)).lines().forEach(n -> numbers.add(Integer.valueOf(n)));
    } finally {
      traced.descendants().forEach(ProcessHandle::destroyForcibly);
      traced.destroyForcibly();
    }
    return numbers;
  }

  private void check(List<Integer> acknowledged, String where) throws Exception {
    OwnerThread owner = new OwnerThread();
    try (FileDisk disk = FileDisk.open(directory);
        StorageThreads threads = StorageThreads.start("storage")) {
      LogStorage storage = owner.open(disk, threads);
      assertThat(storage.recovery().corruptRanges()).as(where).isEmpty();
      assertThat(storage.recovery().damagedMeta()).as(where).isEmpty();
      assertThat(storage.recovery().mayHaveLost()).as(where).isFalse();
      for (int number : acknowledged) {
        storage.read(
            KilledWriter.key(number),
            stored -> {
              assertThat(stored).as("%s: number %d", where, number).isNotNull();
              assertThat(stored.set()).as(where).isEqualTo(KilledWriter.set(number));
            });
      }
      owner.close(storage);
    }
    try (var left = Files.list(directory.resolve("meta"))) {
      assertThat(left.map(Path::toString)).noneMatch(name -> name.endsWith(".tmp"));
    }
  }
}
