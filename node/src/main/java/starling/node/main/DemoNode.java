package starling.node.main;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import starling.client.StarlingException;
import starling.gossip.Address;

/** One child process of the demo. It ends by itself when the demo process ends for any reason. */
final class DemoNode {
  private static final int READY_SECONDS = 60;

  private final String name;
  private final Path directory;
  private final Address http;
  private final Address peer;
  private final Address seed;
  private @Nullable Process process;

  DemoNode(String name, Path directory, Address http, Address peer, Address seed) {
    this.name = name;
    this.directory = directory;
    this.http = http;
    this.peer = peer;
    this.seed = seed;
  }

  String name() {
    return name;
  }

  Address http() {
    return http;
  }

  Path log() {
    return directory.resolveSibling(name + ".log");
  }

  void start() throws IOException {
    Files.createDirectories(directory);
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                java,
                "-Xms64m",
                "-Xmx512m",
                "-XX:+UseSerialGC",
                ServeCommand.EXIT_FLAG,
                "-cp",
                System.getProperty("java.class.path"),
                Starling.class.getName(),
                "serve",
                "--name",
                name,
                "--data",
                directory.toString(),
                "--http",
                http.toString(),
                "--peer",
                peer.toString(),
                "--seed",
                seed.toString(),
                "--until-stdin-closes"));
    File log = log().toFile();
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log));
    builder.redirectError(ProcessBuilder.Redirect.appendTo(log));
    process = builder.start();
  }

  /** Waits until the node says that it is ready; false if it ends or takes too long. */
  boolean awaitReady() throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
    try (Api api = new Api(List.of(http), null)) {
      while (System.nanoTime() < end && process != null && process.isAlive()) {
        try {
          api.get("/health/ready");
          return true;
        } catch (StarlingException e) {
          TimeUnit.MILLISECONDS.sleep(50);
        }
      }
    }
    return false;
  }

  /** Like a power switch. */
  void kill() throws InterruptedException {
    if (process != null) {
      process.destroyForcibly().waitFor();
    }
  }

  void stop() {
    if (process != null) {
      process.destroy();
    }
  }

  void awaitEnd() {
    if (process == null) {
      return;
    }
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
