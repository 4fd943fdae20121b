package starling.node.main;

/**
 * Unpaired surrogates. JSON can hold them as escapes, UTF-8 cannot: they leave as the same escapes,
 * or not at all.
 */
final class Surrogates {
  private Surrogates() {}

  /** Whether each surrogate has its other half, so that UTF-8 can carry the text. */
  static boolean paired(String text) {
    return nextLone(text, 0) < 0;
  }

  /** A text of JSON, with an escape for each unpaired surrogate. */
  static String escaped(String json) {
    int lone = nextLone(json, 0);
    if (lone < 0) {
      return json;
    }
    StringBuilder escaped = new StringBuilder();
    int begin = 0;
    for (; lone >= 0; lone = nextLone(json, begin)) {
      escaped.append(json, begin, lone).append(String.format("\\u%04x", (int) json.charAt(lone)));
      begin = lone + 1;
    }
    return escaped.append(json, begin, json.length()).toString();
  }

  private static int nextLone(String text, int from) {
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        return i;
      }
    }
    return -1;
  }
}
