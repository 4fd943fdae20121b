package starling.node.main;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import starling.node.config.NodeConfig;
import starling.node.port.OutOfMemory;

/** Runs one node until a signal stops it. */
@Command(
    name = "serve",
    description = "Runs one node.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class ServeCommand implements Callable<Integer> {
  /** The command goes on on other threads; the process ends by a signal or {@link #end}. */
  static final int STAYS = -1;

  /** Makes the JVM end the process where it throws an OutOfMemoryError; for every launcher. */
  static final String EXIT_FLAG = "-XX:+ExitOnOutOfMemoryError";

  @picocli.CommandLine.Option(
      names = "--name",
      paramLabel = "NAME",
      description = "name of the node")
  private @Nullable String name;

  @picocli.CommandLine.Option(
      names = "--data",
      paramLabel = "DIR",
      description = "directory for its data")
  private @Nullable String data;

  @picocli.CommandLine.Option(names = "--http", paramLabel = "HOST:PORT", description = "clients")
  private @Nullable String http;

  @picocli.CommandLine.Option(names = "--peer", paramLabel = "HOST:PORT", description = "nodes")
  private @Nullable String peer;

  @picocli.CommandLine.Option(
      names = "--advertise-http",
      paramLabel = "HOST:PORT",
      description = "address advertised to clients")
  private @Nullable String advertiseHttp;

  @picocli.CommandLine.Option(
      names = "--advertise-peer",
      paramLabel = "HOST:PORT",
      description = "address advertised to other nodes")
  private @Nullable String advertisePeer;

  @picocli.CommandLine.Option(
      names = "--seed",
      paramLabel = "HOST:PORT",
      description = "a node to join the cluster through; repeatable")
  private @Nullable List<String> seeds;

  @picocli.CommandLine.Option(
      names = "--zone",
      paramLabel = "ZONE",
      description = "failure domain of the node")
  private @Nullable String zone;

  @picocli.CommandLine.Option(
      names = "--config",
      paramLabel = "FILE",
      description = "options in YAML")
  private @Nullable String config;

  @picocli.CommandLine.Option(
      names = "--set",
      paramLabel = "PATH=VALUE",
      description = "any option of the file; repeatable")
  private @Nullable List<String> settings;

  @picocli.CommandLine.Option(
      names = "--insecure",
      description = "listen beyond loopback without tokens")
  private boolean insecure;

  @picocli.CommandLine.Option(
      names = "--accept-stale-data",
      description = {
        "accept a rolled-back data directory as it is,",
        "and do not wait for dead primaries"
      })
  private boolean acceptStaleData;

  @picocli.CommandLine.Option(
      names = "--trust-this-copy",
      hidden = true,
      description = "is called --accept-stale-data")
  private boolean trustThisCopy;

  @picocli.CommandLine.Option(
      names = "--until-stdin-closes",
      hidden = true,
      description = "stop when the parent process ends")
  private boolean untilStdinCloses;

  private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

  private final AtomicInteger status = new AtomicInteger();

  @Override
  public Integer call() throws IOException {
    NodeConfig read = configuration(ProcessText.environment());
    Logging.configure(read.logFormat(), read.logLevel());
    endWhenOutOfMemory();
    NodeProcess process;
    try {
      process = new NodeProcess(read, this::end);
    } catch (Error e) {
      OutOfMemory.endsProcess(e);
      throw new IOException("the node cannot start: " + e, e);
    }
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  Logging.stopping();
                  process.stop();
                  // The JVM would exit with the signal's status; a requested stop is a success.
                  Runtime.getRuntime().halt(status.get());
                },
                "starling-stop"));
    if (untilStdinCloses) {
      watchStdin();
    }
    try {
      process.start(ServeCommand::print);
    } catch (IOException | RuntimeException e) {
      status.set(ExitStatus.FAILED);
      throw e;
    } catch (Error e) {
      OutOfMemory.endsProcess(e);
      status.set(ExitStatus.FAILED);
      throw new IOException("the node cannot start: " + e, e);
    }
    return STAYS;
  }

  /**
   * Memory exhaustion ends the process, wherever the error ends a thread or is logged, also by a
   * library. With the flag of the JVM the process ends at the throw already.
   */
  static void endWhenOutOfMemory() {
    OutOfMemory.prepare();
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, error) -> {
          OutOfMemory.endsProcess(error);
          LOG.error("an error ended thread {}", thread.getName(), error);
        });
    if (!ManagementFactory.getRuntimeMXBean().getInputArguments().contains(EXIT_FLAG)) {
      LOG.info(
          "the JVM runs without {}: the node itself ends the process when memory is exhausted",
          EXIT_FLAG);
    }
  }

  /** The configuration from flags, environment and file, the first of which wins. */
  NodeConfig configuration(Map<String, String> environment) {
    OptionTexts texts = new OptionTexts();
    texts.addFlag(Option.NAME, name);
    texts.addFlag(Option.DATA, data);
    texts.addFlag(Option.HTTP_LISTEN, http);
    texts.addFlag(Option.PEER_LISTEN, peer);
    texts.addFlag(Option.HTTP_ADVERTISE, advertiseHttp);
    texts.addFlag(Option.PEER_ADVERTISE, advertisePeer);
    texts.addFlag(Option.SEEDS, seeds == null ? null : String.join(",", seeds));
    texts.addFlag(Option.ZONE, zone);
    texts.addFlag(Option.INSECURE, insecure ? "true" : null);
    if (trustThisCopy) {
      throw new ConfigException("--trust-this-copy is called --accept-stale-data");
    }
    texts.addFlag(Option.ACCEPT_STALE, acceptStaleData ? "true" : null);
    if (settings != null) {
      settings.forEach(texts::addSetting);
    }
    texts.addEnvironment(environment);
    if (config != null) {
      texts.addFile(config);
    }
    NodeConfig read = new ConfigReader(texts, Runtime.getRuntime().maxMemory()).read();
    var unused = FileNames.carried(Option.DATA.path(), read.data());
    return read;
  }

  /** A node whose output is closed serves requests nevertheless. */
  private static void print(String line) {
    System.out.println(line);
    if (System.out.checkError()) {
      LOG.warn("standard output cannot be written; the line was: {}", line);
    }
  }

  /** Ends the process with one line and status 1; its log is closed first. */
  private void end(String line) {
    System.err.println("starling: " + line);
    status.set(ExitStatus.FAILED);
    // Not on the event loop, which the stop still needs.
    try {
      new Thread(() -> System.exit(ExitStatus.FAILED), "starling-exit").start();
    } catch (OutOfMemoryError e) {
      OutOfMemory.endsProcess(e);
      // No thread is left for an orderly end; the log survives a kill.
      Runtime.getRuntime().halt(ExitStatus.FAILED);
    }
  }

  private static void watchStdin() {
    Thread watch =
        new Thread(
            () -> {
              try {
                while (System.in.read() >= 0) {
                  // Only the end matters.
                }
              } catch (IOException e) {
                // As good as the end.
              }
              System.exit(ExitStatus.DONE);
            },
            "starling-parent");
    watch.setDaemon(true);
    watch.start();
  }
}
