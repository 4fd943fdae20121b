package starling.wire;

import java.util.Arrays;

/**
 * Percent-encoding (RFC 3986, section 2.1), strictly and once. A byte that is not written as {@code
 * %} and two hex digits is itself; nothing is repaired, folded or normalised, so two different byte
 * strings never share an encoding and one text never decodes to two.
 */
public final class Percent {
  private static final String UNRESERVED_MARKS = "-._~";
  private static final char[] HEX = "0123456789ABCDEF".toCharArray();

  private Percent() {}

  /**
   * Decodes part of a request target as it came over the wire, one character for one byte.
   *
   * @param plusIsSpace whether {@code +} stands for a space, as forms and query builders write it
   * @throws IllegalArgumentException with a message for the client, if the text is not valid
   */
  public static byte[] decode(CharSequence text, int from, int to, boolean plusIsSpace) {
    byte[] bytes = new byte[to - from];
    int length = 0;
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if (c == '%') {
        if (i + 2 >= to) {
          throw new IllegalArgumentException("a '%' must be followed by two hex digits");
        }
        int high = Character.digit(text.charAt(i + 1), 16);
        int low = Character.digit(text.charAt(i + 2), 16);
        if (high < 0 || low < 0 || text.charAt(i + 1) > 'f' || text.charAt(i + 2) > 'f') {
          throw new IllegalArgumentException("a '%' must be followed by two hex digits");
        }
        bytes[length++] = (byte) (high << 4 | low);
        i += 2;
      } else if (c == '+' && plusIsSpace) {
        bytes[length++] = ' ';
      } else if (c <= ' ' || c == 0x7f || c > 0xff) {
        throw new IllegalArgumentException("a control character must be percent-encoded");
      } else {
        bytes[length++] = (byte) c;
      }
    }
    return Arrays.copyOf(bytes, length);
  }

  /** Encodes every byte but letters, digits and {@code - . _ ~}. */
  public static String encode(byte[] bytes) {
    StringBuilder text = new StringBuilder(bytes.length + 16);
    for (byte b : bytes) {
      char c = (char) (b & 0xff);
      if (c < 0x80 && (Character.isLetterOrDigit(c) || UNRESERVED_MARKS.indexOf(c) >= 0)) {
        text.append(c);
      } else {
        text.append('%').append(HEX[c >> 4]).append(HEX[c & 15]);
      }
    }
    return text.toString();
  }
}
