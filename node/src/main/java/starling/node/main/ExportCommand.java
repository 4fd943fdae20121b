package starling.node.main;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import starling.client.StarlingException;

/** Writes the entries of a bucket as lines. */
@Command(
    name = "export",
    description = {
      "Writes the entries of a bucket as lines of JSON: keys, values and contexts.",
      "Cursors come between them, and a last line says whether all partitions answered.",
      "Progress goes to standard error. Exit status 1 after a warning: the export is incomplete."
    },
    mixinStandardHelpOptions = true)
final class ExportCommand extends ClusterCommand {
  private static final String STANDARD_OUTPUT = "-";

  @Mixin private BucketOptions bucket;

  @Option(names = "--prefix", paramLabel = "TEXT", description = "keys that begin with this text")
  private @Nullable String prefix;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "the file to write, or - for standard output")
  private String out = "";

  @Option(
      names = "--continue",
      description = "continues an export to FILE that broke off, at its last cursor")
  private boolean continues;

  /** Where the lines go. */
  private interface Target {
    void write(byte[] bytes) throws IOException;
  }

  /** The end of an export that broke off. */
  private record Rest(long bytes, @Nullable String cursor, @Nullable String end) {}

  @Override
  int ask(Api api) {
    if (out.equals(STANDARD_OUTPUT)) {
      if (continues) {
        throw new ConfigException("--continue goes with a file, not with standard output");
      }
      return export(api, null, bytes -> streams().write(bytes));
    }
    Path file = FileNames.path("--out", out);
    try {
      Rest rest = continues ? rest(file) : new Rest(0, null, null);
      if (rest.end() != null) {
        return ended(Listing.json(rest.end()), "nothing is left to export");
      }
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        channel.truncate(rest.bytes()).position(rest.bytes());
        OutputStream stream = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
        int status =
            export(
                api,
                rest.cursor(),
                bytes -> {
                  stream.write(bytes);
                  stream.flush();
                });
        channel.force(true);
        return status;
      }
    } catch (IOException e) {
      throw unwritten(e);
    }
  }

  private int export(Api api, @Nullable String cursor, Target target) {
    String from = bucket.listing(true, prefix);
    Progress progress = new Progress(this, "exported");
    Listing listing =
        new Listing(api, from, cursor, (entries, mark) -> write(target, progress, entries, mark));
    try {
      JsonNode end = listing.read();
      return ended(end, progress.total());
    } catch (StarlingException e) {
      int status = fail(e);
      fail(progress.total() + "; continue with --continue", status);
      return status;
    }
  }

  private CommandFailedException unwritten(IOException e) {
    return new CommandFailedException(out + " cannot be written: " + FileNames.reason(e), e);
  }

  private void write(Target target, Progress progress, List<String> entries, String mark) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (String entry : entries) {
      bytes.writeBytes(entry.getBytes(StandardCharsets.UTF_8));
      bytes.write('\n');
    }
    bytes.writeBytes(mark.getBytes(StandardCharsets.UTF_8));
    bytes.write('\n');
    try {
      target.write(bytes.toByteArray());
    } catch (IOException e) {
      throw unwritten(e);
    }
    progress.add(entries.size(), bytes.size());
  }

  private int ended(JsonNode end, String total) {
    note(total);
    return end.path("complete").asBoolean()
        ? ExitStatus.DONE
        : fail(ListCommand.missing(end) + ": entries are missing; export again", ExitStatus.FAILED);
  }

  /** How far an earlier export got: up to its last cursor, or to its end. */
  private static Rest rest(Path file) throws IOException {
    Rest rest = new Rest(0, null, null);
    if (!Files.exists(file)) {
      return rest;
    }
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      EntryLines lines = new EntryLines(in, 0);
      for (String line = lines.next(); line != null; line = lines.next()) {
        if (Listing.isCursor(line)) {
          rest = new Rest(lines.offset(), Listing.cursor(line), null);
        } else if (Listing.isEnd(line)) {
          rest = new Rest(lines.offset(), null, line);
        }
      }
    }
    return rest;
  }
}
