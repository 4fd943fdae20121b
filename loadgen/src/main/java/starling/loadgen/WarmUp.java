package starling.loadgen;

/**
 * Decides when the servers are warm: when CPU per operation changes by less than 5 % from one
 * window to the next. JIT compilers and caches make it fall at first.
 */
final class WarmUp {
  private static final double STEADY = 0.05;

  private final int maxWindows;
  private int windows;
  private double last;
  private boolean steady;

  WarmUp(int maxWindows) {
    this.maxWindows = maxWindows;
  }

  /** A window has ended. One without operations or without CPU time shows nothing. */
  void window(double cpuNanos, long operations) {
    windows++;
    double cost = operations == 0 ? 0 : cpuNanos / operations;
    steady = last > 0 && cost > 0 && Math.abs(cost - last) < STEADY * last;
    last = cost;
  }

  boolean ended() {
    return steady || windows >= maxWindows;
  }

  boolean steady() {
    return steady;
  }

  int windows() {
    return windows;
  }
}
