package starling.node.main;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import starling.wire.BucketNames;
import starling.wire.StorePaths;

/** The bucket of a command that is about many keys. */
final class BucketOptions {
  /** A node ends a page of values at 1 MiB, too. */
  private static final int PAGE = 1_000;

  @Option(names = "--bucket", paramLabel = "NAME", description = "the bucket; else default")
  private @Nullable String bucket;

  /** The name of the bucket. */
  String name() {
    if (bucket == null) {
      return BucketNames.DEFAULT;
    }
    if (!BucketNames.valid(bucket)) {
      throw new ConfigException(
          "--bucket: a bucket name has 1 to 64 letters, digits, '.', '_' or '-' and is not '.' or"
              + " '..'");
    }
    return bucket;
  }

  /** The path of its listing. */
  String listing(boolean values, @Nullable String prefix) {
    String path = StorePaths.store(name()) + "?limit=" + PAGE + "&values=" + values;
    return prefix == null ? path : path + "&prefix=" + encode(prefix);
  }

  /** The path of its batches. */
  String batch() {
    return StorePaths.BUCKETS + name() + "/batch";
  }

  static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
