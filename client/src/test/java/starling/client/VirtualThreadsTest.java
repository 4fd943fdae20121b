package starling.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Blocking calls on virtual threads of a JDK 25, in a process of its own: none is pinned. */
class VirtualThreadsTest {
  private static final int VERSION = 25;
  private static final int THREADS = 10_000;
  private static final Path JVMS = Path.of("/usr/lib/jvm");

  @TempDir private Path directory = Path.of("");

  @Test
  void tenThousandBlockingCallsPinNoVirtualThread() throws Exception {
    Optional<Path> java = java();
    assumeThat(java)
        .as("a JDK 25: this JVM, the one of JAVA_HOME_25_X64, or one below " + JVMS)
        .isPresent();
    Path out = directory.resolve("out");
    try (HostileServer one = new HostileServer(VirtualThreadsTest::answer);
        HostileServer other = new HostileServer(VirtualThreadsTest::answer)) {
      HostileServer.join(one, other);
      List<String> command = new ArrayList<>();
      command.addAll(List.of(java.orElseThrow().toString(), "-Xmx512m", "-XX:+UseSerialGC"));
      command.addAll(List.of("-cp", System.getProperty("java.class.path")));
      command.add(VirtualThreadsProgram.class.getName());
      command.add(Integer.toString(THREADS));
      command.addAll(List.of(one.address(), other.address()));
      Process program =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(out.toFile())
              .start();
      try {
        assertThat(program.waitFor(60, TimeUnit.SECONDS)).as(Files.readString(out)).isTrue();
      } finally {
        program.destroyForcibly();
      }
    }
    assertThat(Files.readString(out).lines().filter(line -> line.startsWith("result: ")))
        .as(Files.readString(out))
        .containsExactly("result: 10000 threads done, 0 failed, 0 pinned, 1 pinned on purpose");
  }

  private static String answer(String request) {
    return request.startsWith("GET") ? HostileServer.found("v") : HostileServer.stored("c");
  }

  private static Optional<Path> java() throws IOException {
    List<Path> homes = new ArrayList<>();
    if (Runtime.version().feature() >= VERSION) {
      homes.add(Path.of(System.getProperty("java.home")));
    }
    String named = System.getenv("JAVA_HOME_25_X64");
    if (named != null) {
      homes.add(Path.of(named));
    }
    if (Files.isDirectory(JVMS)) {
      try (Stream<Path> below = Files.list(JVMS)) {
        below.filter(home -> home.getFileName().toString().contains("25")).forEach(homes::add);
      }
    }
    return homes.stream()
        .map(home -> home.resolve("bin").resolve("java"))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
