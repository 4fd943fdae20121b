package starling.loadgen;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** CPU time that processes have used, as Linux counts it: in ticks of 10 ms. */
final class CpuTime {
  /** USER_HZ, which is 100 on every platform that Java 17 runs on. */
  private static final long NANOS_PER_TICK = 10_000_000;

  private static final int USER_TICKS = 11;
  private static final int SYSTEM_TICKS = 12;

  private final List<Path> servers = new ArrayList<>();

  /**
   * Reads each process once.
   *
   * @throws RunFailedException if one cannot be read
   */
  CpuTime(List<Long> pids) {
    for (long pid : pids) {
      servers.add(Path.of("/proc/" + pid + "/stat"));
    }
    if (!pids.isEmpty() && servers().isEmpty()) {
      throw new RunFailedException(
          "--pid: the CPU time of "
              + pids
              + " cannot be read from /proc/PID/stat; name processes that run on this machine,"
              + " which must be Linux");
    }
  }

  /** Nanoseconds of all servers together; nothing where no process is named, or one has ended. */
  OptionalLong servers() {
    if (servers.isEmpty()) {
      return OptionalLong.empty();
    }
    long nanos = 0;
    for (Path stat : servers) {
      try {
        nanos += nanos(Files.readString(stat));
      } catch (IOException | IllegalArgumentException e) {
        return OptionalLong.empty();
      }
    }
    return OptionalLong.of(nanos);
  }

  /** The name of a program may contain spaces and parentheses: fields are counted behind it. */
  static long nanos(String stat) {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ");
    if (fields.length <= SYSTEM_TICKS) {
      throw new IllegalArgumentException("no /proc/PID/stat: " + stat);
    }
    return (Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[SYSTEM_TICKS]))
        * NANOS_PER_TICK;
  }

  /** Nanoseconds of this process. */
  static long own() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getProcessCpuTime()
        : 0;
  }
}
