package starling.node.topology;

/**
 * A record that must not follow the log: it breaks a rule of the ring. The message says which, and
 * names the member or partition. A voter that finds this does not vote.
 */
public final class InvalidRecordException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public InvalidRecordException(String message) {
    super(message);
  }

  /**
   * Fails unless a rule holds.
   *
   * @param text says which rule, and of what: each {@code {}} is replaced by the next value
   */
  static void require(boolean holds, String text, Object... values) {
    if (holds) {
      return;
    }
    StringBuilder message = new StringBuilder();
    int at = 0;
    for (Object value : values) {
      int next = text.indexOf("{}", at);
      message.append(text, at, next).append(value);
      at = next + 2;
    }
    throw new InvalidRecordException(message.append(text.substring(at)).toString());
  }
}
