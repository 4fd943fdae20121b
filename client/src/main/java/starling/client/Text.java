package starling.client;

/** Checks of texts that go into headers. */
final class Text {
  private Text() {}

  /** Whether all characters are visible ASCII, so that none can end a header. */
  static boolean visible(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) <= ' ' || text.charAt(i) >= 0x7f) {
        return false;
      }
    }
    return true;
  }

  /** The same, with blanks between. */
  static boolean printable(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < ' ' || text.charAt(i) >= 0x7f) {
        return false;
      }
    }
    return true;
  }

  static boolean json(String contentType) {
    int semicolon = contentType.indexOf(';');
    String name = semicolon < 0 ? contentType : contentType.substring(0, semicolon);
    return name.strip().equalsIgnoreCase(Body.JSON);
  }
}
