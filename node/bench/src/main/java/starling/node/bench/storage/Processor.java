package starling.node.bench.storage;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;

/** Processor time of this whole process: all threads, natively made ones and the JVM's included. */
final class Processor {
  private static final long WINDOW_NANOS = TimeUnit.MILLISECONDS.toNanos(40);
  private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(3);

  private final OperatingSystemMXBean system =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  long nanos() {
    return system.getProcessCpuTime();
  }

  /**
   * Waits until the process is nearly idle, at most some seconds: flushes and compactions that an
   * engine left to do are then over, and counted for it and not for the next one.
   */
  void untilQuiet() throws InterruptedException {
    long end = System.nanoTime() + TIMEOUT_NANOS;
    long used = WINDOW_NANOS;
    while (used > WINDOW_NANOS / 10 && System.nanoTime() < end) {
      long before = nanos();
      TimeUnit.NANOSECONDS.sleep(WINDOW_NANOS);
      used = nanos() - before;
    }
  }
}
