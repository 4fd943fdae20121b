package starling.merkle;

/** Bytes that are no message of an exchange: damaged, truncated, or from a stranger. */
public final class MerkleFormatException extends Exception {
  MerkleFormatException(String message) {
    super(message);
  }
}
