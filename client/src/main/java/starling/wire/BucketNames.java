package starling.wire;

/**
 * The names a bucket may have: 1 to 64 letters, digits and {@code . _ -}, but not {@code .} or
 * {@code ..}, which would be steps in a path.
 */
public final class BucketNames {
  /** The bucket of {@code /api/v1/store}. */
  public static final String DEFAULT = "default";

  public static final int MAX_LENGTH = 64;

  private BucketNames() {}

  public static boolean valid(String name) {
    if (name.isEmpty() || name.length() > MAX_LENGTH || name.equals(".") || name.equals("..")) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean plain = c < 0x80 && Character.isLetterOrDigit(c);
      if (!plain && c != '.' && c != '_' && c != '-') {
        return false;
      }
    }
    return true;
  }
}
