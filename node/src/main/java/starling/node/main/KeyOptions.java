package starling.node.main;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The key of a command. */
final class KeyOptions {
  @Parameters(index = "0", paramLabel = "KEY", description = "the key")
  private String key = "";

  @Option(names = "--bucket", paramLabel = "NAME", description = "its bucket; else default")
  private @Nullable String bucket;

  @Option(names = "--timeout-ms", paramLabel = "MS", description = "how long it may take")
  private @Nullable String timeoutMillis;

  String key() {
    return key;
  }

  /** The path of the key in the store. */
  String storePath(Map<String, @Nullable String> options) {
    return path("/store", options);
  }

  /** The path of the answer that says what each replica holds. */
  String replicasPath() {
    return path("/replicas", Map.of());
  }

  private String path(String resource, Map<String, @Nullable String> given) {
    StringBuilder path = new StringBuilder("/api/v1");
    if (bucket != null) {
      path.append("/buckets/").append(BucketOptions.encode(bucket));
    }
    path.append(resource).append("?key=").append(BucketOptions.encode(key));
    Map<String, @Nullable String> options = new LinkedHashMap<>(given);
    options.put("timeoutMs", timeoutMillis);
    options.forEach(
        (name, value) -> {
          if (value != null) {
            path.append('&').append(name).append('=').append(BucketOptions.encode(value));
          }
        });
    return path.toString();
  }
}
