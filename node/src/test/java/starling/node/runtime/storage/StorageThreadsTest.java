package starling.node.runtime.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class StorageThreadsTest {
  private static Set<Long> readers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("threads-test-reader-"))
        .map(Thread::getId)
        .collect(Collectors.toSet());
  }

  @Test
  void allThreadsAreMadeAtTheStartAndStayWhateverTheirTasksThrow() throws Exception {
    try (StorageThreads threads = StorageThreads.start("threads-test")) {
      Set<Long> atStart = readers();
      assertThat(atStart).hasSize(4);
      Executor readers = threads.with(Runnable::run).readers();
      CountDownLatch ran = new CountDownLatch(100);
      for (int i = 0; i < 100; i++) {
        readers.execute(
            () -> {
              Thread.currentThread().setUncaughtExceptionHandler((thread, error) -> {});
              ran.countDown();
              throw new IllegalStateException("thrown by a task");
            });
      }
      ran.await();
      CountDownLatch all = new CountDownLatch(4);
      for (int i = 0; i < 4; i++) {
        readers.execute(
            () -> {
              all.countDown();
              try {
                all.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
      }
      all.await();
      assertThat(readers()).isEqualTo(atStart);
    }
  }
}
