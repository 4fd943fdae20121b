package starling.node.runtime.rpc;

import java.util.EnumMap;
import org.slf4j.Logger;
import starling.node.port.Clock;

/**
 * Warns of rejections, of each reason at most once a minute, with the number of suppressed
 * warnings: a hostile or misconfigured peer that reconnects all the time must not fill the log.
 */
final class OncePerMinute {
  private static final long MINUTE_NANOS = 60_000_000_000L;

  private static final class Told {
    long lastNanos;
    long untold;
  }

  private final Logger log;
  private final Clock clock;
  private final EnumMap<RejectionReason, Told> told = new EnumMap<>(RejectionReason.class);

  OncePerMinute(Logger log, Clock clock) {
    this.log = log;
    this.clock = clock;
  }

  void warn(RejectionReason reason, String words) {
    long now = clock.nanoTime();
    Told before = told.get(reason);
    if (before != null && now - before.lastNanos < MINUTE_NANOS) {
      before.untold++;
      return;
    }
    if (before != null && before.untold > 0) {
      log.warn("{} ({} more like this in the last minutes)", words, before.untold);
    } else {
      log.warn("{}", words);
    }
    Told latest = before == null ? new Told() : before;
    latest.lastNanos = now;
    latest.untold = 0;
    told.put(reason, latest);
  }
}
