package starling.node.runtime.http;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A media type, as in {@code Content-Type}. Holds the text, which readers get back unchanged, and
 * the name in lower case for decisions. Written by hand: Guava's rejects empty parameters, which
 * RFC 9110 (5.6.6) allows, and takes twenty times as long.
 *
 * @param text all of it, parameters too
 * @param name type and subtype in lower case
 */
record MediaType(String text, String name) {
  static final String JSON = "application/json";
  static final String BYTES = "application/octet-stream";

  private static final int MAX_LENGTH = 255;
  private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

  /** Reads a type, or returns null if it is none. */
  static @Nullable MediaType parse(String header) {
    String text = header.strip();
    int semicolon = text.indexOf(';');
    String name = (semicolon < 0 ? text : text.substring(0, semicolon)).strip();
    int slash = name.indexOf('/');
    if (text.length() > MAX_LENGTH
        || !visible(text)
        || slash < 1
        || !token(name, 0, slash)
        || !token(name, slash + 1, name.length())) {
      return null;
    }
    return new MediaType(text, name.toLowerCase(Locale.ROOT));
  }

  boolean isJson() {
    return name.equals(JSON);
  }

  /**
   * Types that browsers send without a preflight request: accepting them would let any page write
   * here.
   */
  boolean isForm() {
    return name.equals("application/x-www-form-urlencoded") || name.startsWith("multipart/");
  }

  /** The {@code charset} parameter in lower case, or null. */
  @Nullable String charset() {
    for (String part : text.split(";", -1)) {
      String parameter = part.strip().toLowerCase(Locale.ROOT);
      if (parameter.startsWith("charset=")) {
        return parameter.substring("charset=".length()).replace("\"", "").strip();
      }
    }
    return null;
  }

  private static boolean token(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if (c >= 0x80 || (!Character.isLetterOrDigit(c) && TOKEN_MARKS.indexOf(c) < 0)) {
        return false;
      }
    }
    return to > from;
  }

  private static boolean visible(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if ((c < 0x20 && c != '\t') || c >= 0x7f) {
        return false;
      }
    }
    return true;
  }
}
