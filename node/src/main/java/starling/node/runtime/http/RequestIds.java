package starling.node.runtime.http;

import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * The id of a request in all logs: the client's, if it is valid, else a new one of 64 random bits
 * of this process and a count.
 */
final class RequestIds {
  private static final int MAX_LENGTH = 128;

  private final String prefix = Long.toHexString(new SecureRandom().nextLong()) + '-';
  private long count;

  String of(@Nullable String sent) {
    return sent != null && usable(sent) ? sent : prefix + Long.toHexString(++count);
  }

  /** 1 to 128 visible characters of ASCII. */
  private static boolean usable(String sent) {
    if (sent.isEmpty() || sent.length() > MAX_LENGTH) {
      return false;
    }
    for (int i = 0; i < sent.length(); i++) {
      if (sent.charAt(i) <= ' ' || sent.charAt(i) >= 0x7f) {
        return false;
      }
    }
    return true;
  }
}
