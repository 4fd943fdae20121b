package starling.node.main;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A cluster of real nodes in this JVM, on free ports and a directory of its own, for tests of what
 * uses the REST API. The first node founds the cluster, the others join it.
 */
public final class LocalNodes implements AutoCloseable {
  private final Path directory;
  private final List<NodeProcess> nodes = new ArrayList<>();
  private final List<String> http = new ArrayList<>();
  private final List<String> peers = new ArrayList<>();
  private final Set<Integer> stopped = new HashSet<>();
  private final String[] settings;

  private LocalNodes(Path directory, String[] settings) {
    this.directory = directory;
    this.settings = settings;
  }

  /** Nodes that are ready. */
  public static LocalNodes start(int count, String... settings) {
    try {
      LocalNodes made = new LocalNodes(Files.createTempDirectory("starling-client-"), settings);
      for (int i = 0; i < count; i++) {
        made.add();
      }
      return made;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts another node, in its zone, and waits until it is ready. */
  public void add(String... moreSettings) {
    String name = "n" + (nodes.size() + 1);
    OptionTexts texts = new OptionTexts();
    texts.addFlag(Option.NAME, name);
    texts.addFlag(Option.DATA, directory.resolve(name).toString());
    texts.addFlag(Option.HTTP_LISTEN, "127.0.0.1:0");
    texts.addFlag(Option.PEER_LISTEN, "127.0.0.1:0");
    if (!peers.isEmpty()) {
      texts.addFlag(Option.SEEDS, peers.get(0));
    }
    texts.addSetting("ring.partitions=64");
    Arrays.stream(settings).forEach(texts::addSetting);
    Arrays.stream(moreSettings).forEach(texts::addSetting);
    CompletableFuture<String> ready = new CompletableFuture<>();
    NodeProcess node =
        new NodeProcess(
            new ConfigReader(texts, 512L << 20).read(),
            reason -> ready.completeExceptionally(new IOException(reason)));
    nodes.add(node);
    try {
      node.start(ready::complete);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String line = ready.orTimeout(60, TimeUnit.SECONDS).join();
    http.add(word(line, "http="));
    peers.add(word(line, "peer="));
  }

  private static String word(String line, String name) {
    int from = line.indexOf(name) + name.length();
    int to = line.indexOf(' ', from);
    return line.substring(from, to < 0 ? line.length() : to);
  }

  /** The addresses of the REST API. */
  public List<String> http() {
    return List.copyOf(http);
  }

  /** Stops a node; its address stays in the list. */
  public void stop(int index) {
    if (stopped.add(index)) {
      nodes.get(index).close();
    }
  }

  @Override
  public void close() {
    for (int i = 0; i < nodes.size(); i++) {
      stop(i);
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
