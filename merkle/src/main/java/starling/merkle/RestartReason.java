package starling.merkle;

/** Why an exchange ended early. The next one begins again. */
public enum RestartReason {
  /** The other side speaks another version of these messages. */
  VERSION(1),
  /** The two sides compare different things, for example under different epochs. */
  SCOPE(2),
  /** A row of the other side is not built yet. */
  NOT_BUILT(3),
  /** A row joined its leaves meanwhile. */
  ROWS(4),
  /** The other side's answer contradicts the request. */
  MALFORMED(5),
  /** So much differs that the bounds of one exchange are reached. */
  TOO_MANY(6);

  private final int code;

  RestartReason(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  static RestartReason of(int code) throws MerkleFormatException {
    for (RestartReason each : values()) {
      if (each.code == code) {
        return each;
      }
    }
    throw new MerkleFormatException("reason " + code);
  }
}
