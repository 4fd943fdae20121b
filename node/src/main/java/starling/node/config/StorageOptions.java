package starling.node.config;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import starling.node.storage.Compression;

/**
 * How a node stores its data.
 *
 * @param segmentBytes length of a file of the log. Low: many files; high: compaction in large steps
 * @param cacheBytes heap for the values that are read most; 0: none. Too high starves the rest of
 *     the heap and the page cache
 * @param compression of the log's records, but for the buckets named in {@code ofBuckets}
 * @param minFreeBytes writes are rejected while less is free. Low: compaction and flushes find no
 *     room; high: unused space
 * @param compactionBytesPerSecond how fast compaction reads. Low: garbage piles up under
 *     overwrites; high: it takes the disk from clients
 * @param scrubInterval how long one scrub of the whole log takes; 0: never
 */
public record StorageOptions(
    long segmentBytes,
    long cacheBytes,
    Compression compression,
    Map<String, Compression> ofBuckets,
    long minFreeBytes,
    long compactionBytesPerSecond,
    Duration scrubInterval) {
  public StorageOptions {
    ofBuckets = new TreeMap<>(ofBuckets);
    check(
        segmentBytes >= 1 << 20 && segmentBytes <= 1 << 30,
        "storage.segmentBytes must be from 1MiB to 1GiB, but is " + segmentBytes);
    check(
        compactionBytesPerSecond >= 1 << 20,
        "storage.compactionBytesPerSecond must be at least 1MiB, but is "
            + compactionBytesPerSecond);
    check(
        scrubInterval.isZero() || scrubInterval.compareTo(Duration.ofMinutes(1)) >= 0,
        "storage.scrubInterval must be 0s or at least 1m, but is " + scrubInterval);
  }

  /** How the sets of a bucket are compressed. */
  public Compression compressionOf(String bucket) {
    return ofBuckets.getOrDefault(bucket, compression);
  }

  private static void check(boolean holds, String words) {
    if (!holds) {
      throw new IllegalArgumentException(words);
    }
  }
}
