package starling.node.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.Vertx;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class WorkersTest {
  private static Set<Long> workers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("vert.x-worker-thread-"))
        .map(Thread::getId)
        .collect(Collectors.toSet());
  }

  /** A thread that is made when it is needed may not be there to be had. */
  @Test
  void allThreadsForWhatBlocksAreMadeAtTheStart() {
    Set<Long> others = workers();
    Vertx vertx = NodeProcess.vertx();
    try {
      NodeProcess.startWorkers(vertx);
      Set<Long> made = workers();
      made.removeAll(others);
      assertThat(made).hasSize(NodeProcess.WORKERS);
    } finally {
      var closed = vertx.close();
      await().until(closed::isComplete);
    }
  }
}
