package starling.client;

/**
 * The name of what is stored under a key, for conditions. Strong: equal names mean equal versions.
 *
 * @param text as in the header {@code ETag}, with its quotes
 */
public record Etag(String text) {
  private static final int MAX_LENGTH = 256;

  /** {@code @throws IllegalArgumentException} if the text cannot be a strong entity tag */
  public Etag {
    boolean quoted = text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"");
    if (!quoted
        || text.length() > MAX_LENGTH
        || text.indexOf('"', 1) != text.length() - 1
        || !Text.visible(text)) {
      throw new IllegalArgumentException("an entity tag is quoted visible ASCII, not " + text);
    }
  }

  @Override
  public String toString() {
    return text;
  }
}
