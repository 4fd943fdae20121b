package starling.client;

/**
 * What a client has seen of one key: an opaque text that the cluster issued. A write with it
 * replaces exactly that. Most programs never use one, because a {@link Reading} carries its own.
 *
 * @param text base64url, at most 2048 characters; empty for a client that has seen nothing
 */
public record Context(String text) {
  /** A client that has seen nothing. */
  public static final Context NOTHING_SEEN = new Context("");

  private static final int MAX_LENGTH = 2048;

  /** {@code @throws IllegalArgumentException} if the text cannot be a context */
  public Context {
    if (text.length() > MAX_LENGTH || !base64url(text)) {
      throw new IllegalArgumentException("a context is base64url of at most 2048 characters");
    }
  }

  private static boolean base64url(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 0x80 || !(Character.isLetterOrDigit(c) || c == '-' || c == '_')) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return text;
  }
}
