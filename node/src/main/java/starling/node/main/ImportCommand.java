package starling.node.main;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Stores the entries of an export. */
@Command(
    name = "import",
    description = {
      "Stores the entries that an export wrote.",
      "Keys that hold a value already are skipped, unless --overwrite is set.",
      "The position is kept in FILE.progress, and the next import of the file continues there.",
      "Exit status 1 after a warning: the file is no complete export."
    },
    mixinStandardHelpOptions = true)
final class ImportCommand extends ClusterCommand {
  private static final String STANDARD_INPUT = "-";
  private static final int MAX_ENTRIES = 200;
  private static final int MAX_BYTES = 1 << 20;

  @Mixin private BucketOptions bucket;

  @Option(
      names = "--in",
      paramLabel = "FILE",
      required = true,
      description = "the file to read, or - for standard input")
  private String in = "";

  @Option(names = "--overwrite", description = "replaces the values of keys that hold some")
  private boolean overwrite;

  /**
   * How far an import of the file got.
   *
   * @param id begins the idempotency keys of its writes, the same in each attempt
   * @param bytes of the lines that are done
   * @param line the number of the last of them
   */
  private record Position(String id, long bytes, long line) {}

  @Override
  int ask(Api api) {
    if (in.equals(STANDARD_INPUT)) {
      try {
        return load(api, streams().in(), new Position(newId(), 0, 0), null);
      } catch (IOException e) {
        throw new CommandFailedException(
            "standard input cannot be read: " + FileNames.reason(e), e);
      }
    }
    Path file = FileNames.path("--in", in);
    Path kept = FileNames.path("--in", in + ".progress");
    try (InputStream stream = Files.newInputStream(file)) {
      Position from = position(file, kept);
      stream.skipNBytes(from.bytes());
      return load(api, new BufferedInputStream(stream, 1 << 16), from, kept);
    } catch (IOException e) {
      throw new CommandFailedException(in + " cannot be read: " + FileNames.reason(e), e);
    }
  }

  private static String newId() {
    return UUID.randomUUID().toString();
  }

  private Position position(Path file, Path kept) throws IOException {
    if (!Files.exists(kept)) {
      return new Position(newId(), 0, 0);
    }
    JsonNode read = ClientOptions.JSON.readTree(Files.readString(kept));
    Position position =
        new Position(
            read.path("id").asText(), read.path("bytes").asLong(), read.path("line").asLong());
    if (position.id().isEmpty() || position.bytes() > Files.size(file)) {
      throw new CommandFailedException(
          in + ".progress is not of this file: remove it to import from the beginning");
    }
    note("continues behind line " + position.line());
    return position;
  }

  private static void keep(@Nullable Path kept, Position position) throws IOException {
    if (kept == null) {
      return;
    }
    ObjectNode node = ClientOptions.JSON.createObjectNode();
    node.put("id", position.id()).put("bytes", position.bytes()).put("line", position.line());
    Path fresh = kept.resolveSibling(kept.getFileName() + ".tmp");
    Files.write(fresh, node.toString().getBytes(StandardCharsets.UTF_8));
    Files.move(fresh, kept, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  private int load(Api api, InputStream from, Position begin, @Nullable Path kept)
      throws IOException {
    EntryLines lines = new EntryLines(from, begin.bytes());
    lines.number(begin.line());
    Importer importer = new Importer(api, bucket.batch(), begin.id(), overwrite);
    Progress progress = new Progress(this, "read");
    String end = null;
    List<Importer.Entry> entries = new ArrayList<>();
    long bytes = 0;
    try {
      for (String line = lines.next(); line != null; line = lines.next()) {
        bytes += line.length();
        if (Listing.isEnd(line)) {
          end = line;
        } else if (!Listing.isCursor(line)) {
          end = null;
          Importer.Entry entry = Importer.Entry.of(line, lines.number());
          if (entry == null) {
            store(importer, entries, progress, bytes);
            keep(kept, new Position(begin.id(), lines.begin(), lines.number() - 1));
            return fail("line " + lines.number() + " is no entry", ExitStatus.FAILED);
          }
          entries.add(entry);
        }
        if (entries.size() >= MAX_ENTRIES || bytes >= MAX_BYTES) {
          store(importer, entries, progress, bytes);
          keep(kept, new Position(begin.id(), lines.offset(), lines.number()));
          entries.clear();
          bytes = 0;
        }
      }
      store(importer, entries, progress, bytes);
    } catch (Importer.FailedException e) {
      return fail(e.getMessage() + "; " + importer.total(), e.status());
    }
    if (kept != null) {
      Files.deleteIfExists(kept);
    }
    note(importer.total());
    if (end != null && Listing.json(end).path("complete").asBoolean()) {
      return ExitStatus.DONE;
    }
    return fail(
        end == null
            ? "the file does not end with the last line of an export: entries may be missing"
            : "the file is an incomplete export: entries are missing",
        ExitStatus.FAILED);
  }

  private static void store(
      Importer importer, List<Importer.Entry> entries, Progress progress, long bytes) {
    importer.store(entries);
    progress.add(entries.size(), bytes);
  }
}
