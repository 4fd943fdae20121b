package starling.node.runtime.http;

/** The value of a {@code Host} header: a host and perhaps a port (RFC 3986, section 3.2). */
final class Authority {
  private static final String MARKS = "-._~!$&'()*+,;=";

  private Authority() {}

  /** Whether the text is one; an empty host is. */
  static boolean valid(String text) {
    int end = text.startsWith("[") ? literal(text) : name(text);
    if (end == text.length()) {
      return true;
    }
    if (end < 0 || text.charAt(end) != ':') {
      return false;
    }
    for (int i = end + 1; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }

  /** Where a name or an IPv4 address ends; -1 if an escape in it is broken. */
  private static int name(String text) {
    int i = 0;
    while (i < text.length() && (letterOrDigit(text.charAt(i)) || inName(text.charAt(i)))) {
      if (text.charAt(i) == '%') {
        if (i + 2 >= text.length() || !hex(text.charAt(i + 1)) || !hex(text.charAt(i + 2))) {
          return -1;
        }
        i += 2;
      }
      i++;
    }
    return i;
  }

  private static boolean inName(char c) {
    return c == '%' || MARKS.indexOf(c) >= 0;
  }

  /** Where an address in brackets ends; -1 if it is none. */
  private static int literal(String text) {
    int close = text.indexOf(']');
    for (int i = 1; i < close; i++) {
      char c = text.charAt(i);
      if (c != ':' && !letterOrDigit(c) && MARKS.indexOf(c) < 0) {
        return -1;
      }
    }
    return close > 1 ? close + 1 : -1;
  }

  private static boolean letterOrDigit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
  }

  private static boolean hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  }
}
