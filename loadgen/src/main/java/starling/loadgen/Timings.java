package starling.loadgen;

import java.time.Duration;

/**
 * The periods of the commands. Tests have shorter ones, and check the same with them.
 *
 * @param window a piece of a run whose figures are kept
 * @param warmUpWindow a piece of the warm-up
 * @param connect how long a node may take to answer for the first time
 * @param shortest the least {@code --duration}
 */
record Timings(Duration window, Duration warmUpWindow, Duration connect, Duration shortest) {
  static final Timings DEFAULT =
      new Timings(
          Duration.ofSeconds(1),
          Duration.ofSeconds(2),
          Duration.ofSeconds(3),
          Duration.ofSeconds(1));
}
