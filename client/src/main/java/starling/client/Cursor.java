package starling.client;

/**
 * Where a listing continues: opaque, and of use for the same bucket and prefix only. Survives
 * restarts of nodes.
 */
public record Cursor(String text) {
  private static final int MAX_LENGTH = 4096;

  /** {@code @throws IllegalArgumentException} if the text cannot be a cursor */
  public Cursor {
    if (text.isEmpty() || text.length() > MAX_LENGTH || !Text.visible(text)) {
      throw new IllegalArgumentException("a cursor is visible ASCII");
    }
  }

  @Override
  public String toString() {
    return text;
  }
}
