package starling.loadgen;

/** Text inside a page. */
final class Html {
  private Html() {}

  /** A text that shows as it is, between tags and in a quoted attribute. */
  static String text(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  static String element(String name, String text) {
    return "<" + name + ">" + text(text) + "</" + name + ">";
  }
}
