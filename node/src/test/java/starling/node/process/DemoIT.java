package starling.node.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first minutes with the store: what the demo promises works, and nothing of it stays. */
class DemoIT {
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir private Path directory;

  @Test
  void onceShowsALossAndLeavesNothingBehind() {
    Map<String, String> environment = new LinkedHashMap<>();
    Path java = Path.of(ServerProcess.java().get(0)).getParent();
    if (java != null && java.getParent() != null) {
      environment.put("JAVA_HOME", java.getParent().toString());
    }
    ServerProcess quickstart =
        ServerProcess.startAny(
            directory,
            "quickstart",
            List.of(ServerProcess.root().resolve("deploy/quickstart").toString(), "--once"),
            environment);
    String line = quickstart.awaitLine("starting ");
    await().atMost(LONG).until(() -> children(quickstart).size() == 3 || !quickstart.alive());
    List<ProcessHandle> children = children(quickstart);
    ServerProcess.Ended ended = quickstart.await(LONG);
    assertThat(ended.status()).as(ended.out() + ended.err()).isZero();
    assertThat(ended.out()).contains("kill -9 of n2", "after its restart: 200");
    awaitGone(children);
    assertThat(Path.of(line.substring(line.lastIndexOf(' ') + 1))).doesNotExist();
  }

  @Test
  void whatItTellsToTryWorksAndASignalEndsItAll() throws IOException {
    ServerProcess demo = demo("signal");
    try {
      String unused = demo.awaitLine("Ctrl-C");
      List<ProcessHandle> children = children(demo);
      assertThat(children).hasSize(3);
      if (onPath("curl") && onPath("bash")) {
        List<String> curls =
            demo.out().lines().map(String::strip).filter(line -> line.startsWith("curl ")).toList();
        assertThat(curls).hasSize(3);
        List<String> answers = new ArrayList<>();
        for (String curl : curls) {
          ServerProcess.Ended ended =
              ServerProcess.startAny(
                      directory, "curl" + answers.size(), List.of("bash", "-c", curl), Map.of())
                  .await();
          assertThat(ended.status()).as(curl + ended).isZero();
          answers.add(ended.out());
        }
        assertThat(answers.get(0)).contains("stored");
        assertThat(answers.get(1)).contains("\"value\":\"hello\"");
        assertThat(answers.get(2)).contains("n1", "n2", "n3", "hello");
      } else {
        System.err.println("SKIPPED: the lines with curl were not tried, it is not installed");
      }
      demo.signal("INT");
      ServerProcess.Ended ended = demo.await(Duration.ofSeconds(15));
      assertThat(ended.err()).isEmpty();
      awaitGone(children);
      try (var left = Files.list(directory.resolve("signal"))) {
        assertThat(left).as("data that was asked for stays").isNotEmpty();
      }
    } finally {
      demo.kill();
    }
  }

  @Test
  void killedItTakesItsNodesAlong() {
    ServerProcess demo = demo("killed");
    String unused = demo.awaitLine("ready.");
    List<ProcessHandle> children = children(demo);
    assertThat(children).hasSize(3);
    demo.kill();
    awaitGone(children);
  }

  private ServerProcess demo(String name) {
    return ServerProcess.start(
        directory, name + "-demo", List.of("demo", "--data", directory.resolve(name).toString()));
  }

  private static List<ProcessHandle> children(ServerProcess process) {
    return process.handle().children().toList();
  }

  private static boolean onPath(String program) {
    for (String place : System.getenv().getOrDefault("PATH", "").split(":")) {
      if (Files.isExecutable(Path.of(place, program))) {
        return true;
      }
    }
    return false;
  }

  private static void awaitGone(List<ProcessHandle> processes) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(processes).noneMatch(DemoIT::running));
  }

  /** A process that has ended stays in the table until its parent has asked for its status. */
  private static boolean running(ProcessHandle process) {
    if (!process.isAlive()) {
      return false;
    }
    try {
      String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
      return !stat.substring(stat.lastIndexOf(')') + 1).strip().startsWith("Z");
    } catch (IOException e) {
      return process.isAlive();
    }
  }
}
