package starling.client.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One node: its directory and its proxies stay the same over its many processes. Each process ends
 * when its standard input does, which is a pipe from this JVM.
 */
final class ClusterNode {
  private static final Pattern LISTENING =
      Pattern.compile("listening for clients on port (\\d+) and for other nodes on port (\\d+)");

  private static final int MAX_LINES = 40;
  private static final Duration STOP = Duration.ofSeconds(12);

  private final int index;
  private final Network network;
  private final List<String> command;
  private final Deque<String> lastLines = new ArrayDeque<>();
  private CompletableFuture<Void> ready = new CompletableFuture<>();
  private volatile @Nullable Process process;
  private @Nullable Process pauser;
  private volatile int httpPort;

  ClusterNode(
      int index, int nodes, Network network, ClusterDirectory directory, List<String> settings) {
    this.index = index;
    this.network = network;
    List<String> all = new ArrayList<>();
    all.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    all.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    all.addAll(List.of("-XX:+ExitOnOutOfMemoryError", "-jar", directory.jar().toString()));
    all.addAll(List.of("serve", "--name", "node" + index));
    all.addAll(List.of("--data", directory.data(index).toString()));
    all.addAll(List.of("--http", "127.0.0.1:0", "--peer", "127.0.0.1:0"));
    all.addAll(List.of("--advertise-http", network.clientProxy(index).address()));
    all.addAll(List.of("--advertise-peer", network.peerProxy(index).address()));
    for (int seed = 0; seed < nodes; seed++) {
      all.addAll(List.of("--seed", network.peerProxy(seed).address()));
    }
    settings.forEach(setting -> all.addAll(List.of("--set", setting)));
    all.add("--until-stdin-closes");
    this.command = List.copyOf(all);
  }

  boolean runs() {
    Process last = process;
    return last != null && last.isAlive();
  }

  boolean paused() {
    return pauser != null;
  }

  /** Where its present process serves clients, past the proxy; 0 while it does not. */
  int httpPort() {
    return httpPort;
  }

  /** Starts a process; {@link #awaitReady} waits for it. */
  void start() {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().keySet().removeIf(variable -> variable.startsWith("STARLING_"));
    CompletableFuture<Void> starting = new CompletableFuture<>();
    ready = starting;
    synchronized (lastLines) {
      lastLines.clear();
    }
    try {
      Process started = builder.start();
      process = started;
      NodeProxy.daemon("starling-log-" + index, () -> read(started, starting));
    } catch (IOException e) {
      throw new UncheckedIOException("node " + index + " cannot be started: " + command.get(0), e);
    }
  }

  private void read(Process of, CompletableFuture<Void> starting) {
    try (BufferedReader lines = of.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        synchronized (lastLines) {
          lastLines.add(line);
          if (lastLines.size() > MAX_LINES) {
            lastLines.remove();
          }
        }
        Matcher listening = LISTENING.matcher(line);
        if (listening.find() && process == of) {
          httpPort = Integer.parseInt(listening.group(1));
          network.clientProxy(index).forwardTo(httpPort);
          network.peerProxy(index).forwardTo(Integer.parseInt(listening.group(2)));
        } else if (line.startsWith("ready ")) {
          starting.complete(null);
        }
      }
    } catch (IOException e) {
      // The process has ended.
    }
    starting.completeExceptionally(new IOException("its process ended"));
  }

  /**
   * Waits until the process that was started last is ready.
   *
   * @throws IllegalStateException with the last lines of its log if it ends or takes too long
   */
  void awaitReady(Duration most) {
    try {
      Void unused = ready.get(most.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw failed("ended before it was ready", e);
    } catch (TimeoutException e) {
      throw failed("was not ready after " + most.toSeconds() + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed("was awaited by a thread that was interrupted", e);
    }
  }

  private IllegalStateException failed(String what, Exception cause) {
    return new IllegalStateException(
        "node " + index + " " + what + "; the last lines of its log:\n" + log(), cause);
  }

  String log() {
    synchronized (lastLines) {
      return String.join("\n", lastLines);
    }
  }

  /** kill -9, also of a paused process; waits for the end. */
  void kill() {
    Process killed = process;
    if (killed == null) {
      return;
    }
    killed.destroyForcibly();
    await(killed);
    release();
    gone();
  }

  /** SIGTERM; waits for the end, which is forced if it does not come. */
  void stop() {
    Process stopped = process;
    if (stopped == null) {
      return;
    }
    resume();
    stopped.destroy();
    await(stopped);
    kill();
  }

  private void gone() {
    httpPort = 0;
    network.clientProxy(index).forwardTo(0);
    network.peerProxy(index).forwardTo(0);
  }

  private static void await(Process ending) {
    try {
      boolean unused = ending.waitFor(STOP.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * SIGSTOP. A paused process cannot notice the end of this JVM, so a shell waits for it and kills
   * the process then.
   */
  void pause() {
    String script = "kill -STOP $0 && echo paused && { read resumed || kill -KILL $0; }";
    try {
      Process shell =
          new ProcessBuilder("sh", "-c", script, Long.toString(pid()))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!"paused".equals(shell.inputReader(StandardCharsets.UTF_8).readLine())) {
        throw new IllegalStateException("node " + index + " cannot be paused: kill -STOP failed");
      }
      pauser = shell;
    } catch (IOException e) {
      throw new UncheckedIOException("node " + index + " cannot be paused: no sh", e);
    }
  }

  /** SIGCONT. */
  void resume() {
    if (pauser != null) {
      try {
        Process shell =
            new ProcessBuilder("sh", "-c", "kill -CONT $0", Long.toString(pid())).start();
        await(shell);
      } catch (IOException e) {
        throw new UncheckedIOException("node " + index + " cannot be resumed: no sh", e);
      }
      release();
    }
  }

  /** Ends the shell that {@link #pause} has left. */
  private void release() {
    Process shell = pauser;
    pauser = null;
    if (shell != null) {
      try (var in = shell.outputWriter(StandardCharsets.UTF_8)) {
        in.write("resumed\n");
      } catch (IOException e) {
        // It has ended.
      }
      await(shell);
    }
  }

  /** Of its present or last process; 0 before the first. */
  long pid() {
    Process last = process;
    return last == null ? 0 : last.pid();
  }
}
