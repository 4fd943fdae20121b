package starling.node.main;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How many replicas must answer a read. */
final class ReadQuorum {
  @Option(names = "--r", paramLabel = "N", description = "replicas that must answer")
  private @Nullable String r;

  @Option(names = "--pr", paramLabel = "N", description = "primaries that must answer")
  private @Nullable String pr;

  Map<String, @Nullable String> options() {
    Map<String, @Nullable String> options = new LinkedHashMap<>();
    options.put("r", r);
    options.put("pr", pr);
    return options;
  }
}
