package starling.node.main;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How many replicas must take a write, how durably, and under which name it may be repeated. */
final class WriteQuorum {
  @Option(names = "--w", paramLabel = "N", description = "replicas that must take it")
  private @Nullable String w;

  @Option(names = "--pw", paramLabel = "N", description = "primaries that must take it")
  private @Nullable String pw;

  @Option(
      names = "--durability",
      paramLabel = "synced|replicated",
      description = "what an acknowledgement stands for")
  private @Nullable String durability;

  @Option(
      names = "--idempotency-key",
      paramLabel = "NAME",
      description =
          "names the write: sent again within 10 minutes it is made once; else drawn anew")
  private @Nullable String idempotencyKey;

  @Nullable String idempotencyKey() {
    if (idempotencyKey != null && !idempotencyKey.matches("[!-~]{1,128}")) {
      throw new ConfigException("--idempotency-key must have 1 to 128 visible ASCII characters");
    }
    return idempotencyKey;
  }

  Map<String, @Nullable String> options() {
    Map<String, @Nullable String> options = new LinkedHashMap<>();
    options.put("w", w);
    options.put("pw", pw);
    options.put("durability", durability);
    return options;
  }
}
