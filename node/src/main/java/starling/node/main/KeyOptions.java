package starling.node.main;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which key a command is about, and how many replicas must answer. */
final class KeyOptions {
  @Parameters(index = "0", paramLabel = "KEY", description = "the key")
  private String key = "";

  @Option(names = "--bucket", paramLabel = "NAME", description = "its bucket; else default")
  private @Nullable String bucket;

  @Option(names = "--r", paramLabel = "N", description = "replicas that must answer a read")
  private @Nullable String r;

  @Option(names = "--w", paramLabel = "N", description = "replicas that must take a write")
  private @Nullable String w;

  @Option(names = "--pr", paramLabel = "N", description = "primaries that must answer a read")
  private @Nullable String pr;

  @Option(names = "--pw", paramLabel = "N", description = "primaries that must take a write")
  private @Nullable String pw;

  @Option(names = "--timeout-ms", paramLabel = "MS", description = "how long it may take")
  private @Nullable String timeoutMillis;

  String key() {
    return key;
  }

  /** The path of the key in the store, with the options of a read. */
  String readPath(String more) {
    return path("/store", options(r, null, pr, null), more);
  }

  /** The path of the key in the store, with the options of a write. */
  String writePath() {
    return path("/store", options(null, w, null, pw), "");
  }

  /** The path that tells what each replica holds. */
  String replicasPath() {
    return path("/replicas", options(null, null, null, null), "");
  }

  private Map<String, @Nullable String> options(
      @Nullable String reads,
      @Nullable String writes,
      @Nullable String primaryReads,
      @Nullable String primaryWrites) {
    Map<String, @Nullable String> options = new LinkedHashMap<>();
    options.put("r", reads);
    options.put("w", writes);
    options.put("pr", primaryReads);
    options.put("pw", primaryWrites);
    options.put("timeoutMs", timeoutMillis);
    return options;
  }

  private String path(String resource, Map<String, @Nullable String> options, String more) {
    StringBuilder path = new StringBuilder("/api/v1");
    if (bucket != null) {
      path.append("/buckets/").append(encode(bucket));
    }
    path.append(resource).append("?key=").append(encode(key));
    options.forEach(
        (name, value) -> {
          if (value != null) {
            path.append('&').append(name).append('=').append(encode(value));
          }
        });
    return path.append(more).toString();
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
