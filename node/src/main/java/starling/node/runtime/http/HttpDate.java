package starling.node.runtime.http;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** The value of the {@code Date} header, formatted once in a while and not for each answer. */
final class HttpDate {
  private static final DateTimeFormatter FORMAT =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
          .withZone(ZoneOffset.UTC);
  private static final long KEPT_NANOS = 500_000_000L;

  private String text = FORMAT.format(Instant.now());
  private long writtenNanos = System.nanoTime();

  String now(long nanos) {
    if (nanos - writtenNanos > KEPT_NANOS) {
      text = FORMAT.format(Instant.now());
      writtenNanos = nanos;
    }
    return text;
  }
}
