package starling.node.bench.storage;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The comparison as a program: measures what was asked for and writes {@code results.json}, {@code
 * storage.md} and {@code storage.svg}. Everything is measured in this one process, so that ratios
 * are of one run; stores are made below the output directory, which must be on the disk to be
 * measured, and deleted.
 */
@Command(name = "storage", mixinStandardHelpOptions = true)
public final class Comparison implements Callable<Integer> {
  private enum Part {
    PUTS,
    KEYS,
    COMPRESSION,
    CACHE
  }

  /** Deletes of an earlier run may disturb the disk for half a minute. */
  private static final long TIMEOUT_NANOS = TimeUnit.MINUTES.toNanos(1);

  @Parameters(description = "Parts: ${COMPLETION-CANDIDATES}; all if none is named.")
  private List<Part> parts = List.of();

  @Option(names = "--out", required = true, description = "Where results and stores go.")
  private Path out = Path.of(".");

  @Option(names = "--quick", description = "One short round, 100 B and 1 KiB, a tenth of the keys.")
  private boolean quick;

  @Option(names = "--keys", description = "How many keys there are (1000000).")
  private @Nullable Integer keys;

  @Option(names = "--engines", split = ",", description = "${COMPLETION-CANDIDATES}")
  private List<EngineKind> engines = List.of(EngineKind.values());

  @Option(names = "--sizes", split = ",", description = "Bytes of values (100,1024,16384).")
  private List<Integer> sizes = List.of();

  @Option(names = "--in-flight", split = ",", description = "Depths (1,16,64,256).")
  private List<Integer> depths = List.of(1, 16, 64, 256);

  @Option(names = "--rounds", description = "How often each is measured (3).")
  private @Nullable Integer rounds;

  @Option(names = "--seconds", description = "How long each is measured in a round (1).")
  private @Nullable Double seconds;

  public static void main(String[] args) {
    System.exit(
        new CommandLine(new Comparison()).setCaseInsensitiveEnumValuesAllowed(true).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    Path stores = out.resolve("stores");
    Trees.delete(stores);
    Files.createDirectories(stores);
    Options options = options(stores);
    try (QuietDisk disk = new QuietDisk(stores)) {
      disk.await(TIMEOUT_NANOS);
      write(
          new Results(
              machine(stores),
              asked(Part.PUTS) ? ForceCost.measure(stores) : null,
              asked(Part.PUTS) ? new DurablePuts(options, disk).run() : List.of(),
              asked(Part.KEYS) ? new KeyCosts(options, disk).run() : List.of(),
              asked(Part.COMPRESSION)
                  ? new CompressionCosts(options.cellNanos() / 4).run()
                  : List.of(),
              asked(Part.CACHE) ? new CacheHits(options.keys()).run() : List.of(),
              disk.disturbed()));
    } finally {
      Trees.delete(stores);
    }
    return 0;
  }

  private Options options(Path stores) {
    double each = seconds != null ? seconds : quick ? 0.5 : 1;
    return new Options(
        stores,
        keys != null ? keys : quick ? 100_000 : 1_000_000,
        Stream.of(EngineKind.values()).filter(engines::contains).toList(),
        !sizes.isEmpty() ? sizes : quick ? List.of(100, 1024) : List.of(100, 1024, 16 << 10),
        depths,
        rounds != null ? rounds : quick ? 1 : 3,
        (long) (each * TimeUnit.SECONDS.toNanos(1)));
  }

  private boolean asked(Part part) {
    return parts.isEmpty() || parts.contains(part);
  }

  private static String machine(Path stores) throws IOException {
    return String.format(
        "%d processors, %s, JDK %s, GC %s, heap %,d MiB",
        Runtime.getRuntime().availableProcessors(),
        Files.getFileStore(stores).type(),
        Runtime.version().feature(),
        java.lang.management.ManagementFactory.getGarbageCollectorMXBeans().get(0).getName(),
        Runtime.getRuntime().maxMemory() >> 20);
  }

  private void write(Results results) throws IOException {
    new ObjectMapper()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .writeValue(out.resolve("results.json").toFile(), results);
    String report = MarkdownReport.of(results);
    Files.writeString(out.resolve("storage.md"), report);
    if (!results.puts().isEmpty()) {
      int first = results.puts().get(0).valueBytes();
      Files.writeString(out.resolve("storage.svg"), PutsPicture.of(results.puts(), first));
    }
    System.out.println(report);
  }
}
