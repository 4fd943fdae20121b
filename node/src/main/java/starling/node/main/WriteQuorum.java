package starling.node.main;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How many replicas must acknowledge a write, how durably, and its idempotency key. */
final class WriteQuorum {
  @Option(names = "--w", paramLabel = "N", description = "replicas that must acknowledge")
  private @Nullable String w;

  @Option(names = "--pw", paramLabel = "N", description = "primaries that must acknowledge")
  private @Nullable String pw;

  @Option(
      names = "--durability",
      paramLabel = "synced|replicated",
      description = "what an acknowledgement guarantees")
  private @Nullable String durability;

  @Option(
      names = "--idempotency-key",
      paramLabel = "NAME",
      description =
          "a retry with the same key within 10 minutes makes no second write; else drawn at random")
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
