package starling.node.bench.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * What the disk asks for one small write and its fsync, alone: the floor under every durable put.
 * Into a file that grows, and into one whose bytes were all written before.
 *
 * @param growingP50Micros of a file that grows
 * @param prewrittenP50Micros of a file that was written before
 */
record ForceCost(double growingP50Micros, double prewrittenP50Micros) {
  private static final int WRITES = 500;
  private static final int BYTES = 512;

  static ForceCost measure(Path directory) throws IOException {
    Files.createDirectories(directory);
    Path file = directory.resolve("force");
    try {
      double growing = p50Micros(file);
      return new ForceCost(growing, p50Micros(file));
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static double p50Micros(Path file) throws IOException {
    Histogram histogram = new Histogram(TimeUnit.MINUTES.toNanos(1), 3);
    ByteBuffer bytes = ByteBuffer.allocateDirect(BYTES);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.force(true);
      for (int i = 0; i < WRITES; i++) {
        long begun = System.nanoTime();
        bytes.clear();
        channel.write(bytes, (long) i * BYTES);
        channel.force(false);
        histogram.recordValue(System.nanoTime() - begun);
      }
    }
    return histogram.getValueAtPercentile(50) / 1e3;
  }
}
