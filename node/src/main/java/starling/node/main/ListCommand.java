package starling.node.main;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists the keys of a bucket. */
@Command(
    name = "list",
    description = {
      "Prints the keys of a bucket, one a line, in an order that is stable but not alphabetical.",
      "With -o json each line is an object with the key.",
      "Exit status 1 after a warning: some keys are missing, since no complete replica answered."
    },
    mixinStandardHelpOptions = true)
final class ListCommand extends ClusterCommand {
  @Mixin private BucketOptions bucket;

  @Option(names = "--prefix", paramLabel = "TEXT", description = "keys that begin with this text")
  private @Nullable String prefix;

  @Override
  int ask(Api api) {
    Listing listing =
        new Listing(
            api,
            bucket.listing(false, prefix),
            null,
            (entries, mark) -> {
              if (!entries.isEmpty()) {
                print(entries.stream().map(this::shown).collect(Collectors.joining("\n")));
              }
            });
    return incomplete(listing.read());
  }

  private String shown(String line) {
    return json() ? line : Listing.json(line).path("key").asText();
  }

  /** The exit status of a listing with this last line. */
  private int incomplete(JsonNode end) {
    return end.path("complete").asBoolean()
        ? ExitStatus.DONE
        : fail(missing(end) + ": keys are missing here; try again", ExitStatus.FAILED);
  }

  static String missing(JsonNode end) {
    return "the listing is incomplete, since no complete replica answered for "
        + end.path("missing").asText()
        + " partitions";
  }
}
