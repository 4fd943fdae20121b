package starling.node.runtime.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import starling.wire.ProblemKind;

/** One value of a well-formed JSON text, as its bytes. It is decoded only on demand. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record JsonValue(byte[] in, int from, int to) {

  /** A value that is a whole text. */
  static JsonValue of(byte[] json) {
    return new JsonValue(json, 0, json.length);
  }

  /** The exact text. */
  byte[] bytes() {
    return Arrays.copyOfRange(in, from, to);
  }

  boolean isString() {
    return in[from] == '"';
  }

  boolean isObject() {
    return in[from] == '{';
  }

  boolean isArray() {
    return in[from] == '[';
  }

  /** Whether arrays and objects are nested deeper than this. */
  boolean nestedBeyond(int depth) {
    int open = 0;
    for (int i = from; i < to; i++) {
      switch (in[i]) {
        case '{', '[' -> {
          if (++open > depth) {
            return true;
          }
        }
        case '}', ']' -> open--;
        case '"' -> i = endOfString(i);
        default -> {}
      }
    }
    return false;
  }

  /** The place of the closing quote. */
  private int endOfString(int quote) {
    int i = quote + 1;
    while (in[i] != '"') {
      i += in[i] == '\\' ? 2 : 1;
    }
    return i;
  }

  boolean isNull() {
    return in[from] == 'n';
  }

  /** The text of a string; another value is rejected with the name of the field. */
  String string(String field) {
    if (!isString()) {
      throw new RequestRejected(ProblemKind.BAD_BODY, field, field + " must be a string");
    }
    return text(in, from + 1, to - 1);
  }

  /** A whole number from 0 to 999,999,999, or -1 for any other value. */
  int wholeNumber() {
    if (to - from > 9) {
      return -1;
    }
    int number = 0;
    for (int i = from; i < to; i++) {
      if (in[i] < '0' || in[i] > '9') {
        return -1;
      }
      number = 10 * number + in[i] - '0';
    }
    return number;
  }

  /** The decoded string between two quotes. */
  static String text(byte[] in, int from, int to) {
    int run = from;
    StringBuilder text = null;
    for (int i = from; i < to; ) {
      if (in[i] != '\\') {
        i++;
        continue;
      }
      if (text == null) {
        text = new StringBuilder(to - from);
      }
      text.append(new String(in, run, i - run, StandardCharsets.UTF_8));
      text.append(escaped(in, i));
      i += escapeLength(in, i);
      run = i;
    }
    String rest = new String(in, run, to - run, StandardCharsets.UTF_8);
    return text == null ? rest : text.append(rest).toString();
  }

  /** The character of an escape. */
  static char escaped(byte[] in, int backslash) {
    byte c = in[backslash + 1];
    return switch (c) {
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> unit(in, backslash + 2);
      default -> (char) c;
    };
  }

  private static char unit(byte[] in, int from) {
    int unit = 0;
    for (int i = from; i < from + 4; i++) {
      unit = unit << 4 | Character.digit(in[i], 16);
    }
    return (char) unit;
  }

  /** How many bytes an escape takes. */
  static int escapeLength(byte[] in, int backslash) {
    return in[backslash + 1] == 'u' ? 6 : 2;
  }
}
