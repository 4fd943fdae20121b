package starling.node.runtime.http;

import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * The id that a request carries through every log it touches: the client's, where it sent a usable
 * one, else one drawn here. Ours are 64 random bits of this run and a count.
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
