package starling.node.main;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import starling.wire.BucketNames;

/** The bucket of a command that is about many keys. */
final class BucketOptions {
  @Option(names = "--bucket", paramLabel = "NAME", description = "the bucket; else default")
  private @Nullable String bucket;

  /** The path of a resource of the bucket. */
  String path(String resource) {
    if (bucket == null) {
      return "/api/v1" + resource;
    }
    if (!BucketNames.valid(bucket)) {
      throw new ConfigException(
          "--bucket: a bucket name has 1 to 64 letters, digits, '.', '_' or '-' and is not '.' or"
              + " '..'");
    }
    return "/api/v1/buckets/" + bucket + resource;
  }

  static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
