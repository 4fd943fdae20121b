package starling.node.bench.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Waits until the disk's fsyncs are as quick as they were at first. Where a file system tells the
 * disk at once of deleted blocks (ext4 mounted with {@code discard}), all fsyncs stall for seconds
 * after a delete; the next engine would pay for the deletes of the previous one. Small synced
 * writes into a preallocated file, for a tenth of a second each time, measure it. The wait is
 * bounded; its timeouts are counted.
 */
final class QuietDisk implements Closeable {
  private static final int BYTES = 512;
  private static final int FILE_BYTES = 1 << 20;
  private static final long WINDOW_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final double TIMES_SLOWER = 6;

  private final FileChannel channel;
  private final ByteBuffer bytes = ByteBuffer.allocateDirect(BYTES);
  private double quickest = Double.MAX_VALUE;
  private int disturbed;

  QuietDisk(Path directory) throws IOException {
    channel =
        FileChannel.open(
            directory.resolve("quiet"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    channel.write(ByteBuffer.allocate(FILE_BYTES), 0);
    channel.force(true);
  }

  void await(long patienceNanos) throws IOException {
    long end = System.nanoTime() + patienceNanos;
    while (!quiet()) {
      if (System.nanoTime() > end) {
        disturbed++;
        return;
      }
    }
  }

  /** How often the timeout ended before the disk was quiet. */
  int disturbed() {
    return disturbed;
  }

  private boolean quiet() throws IOException {
    Histogram micros = new Histogram(3);
    long end = System.nanoTime() + WINDOW_NANOS;
    for (long now = System.nanoTime(); now < end; ) {
      bytes.clear();
      channel.write(bytes, micros.getTotalCount() * BYTES % FILE_BYTES);
      channel.force(false);
      long then = System.nanoTime();
      micros.recordValue((then - now) / 1000);
      now = then;
    }
    quickest = Math.min(quickest, (double) micros.getValueAtPercentile(50));
    return micros.getMean() < 2 * quickest
        && micros.getValueAtPercentile(99) < TIMES_SLOWER * quickest;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
