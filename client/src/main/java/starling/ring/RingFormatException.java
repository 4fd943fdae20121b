package starling.ring;

/** Bytes that are not the facts of a ring, or of a version that this program does not read. */
public final class RingFormatException extends IllegalArgumentException {
  public RingFormatException(String message) {
    super(message);
  }
}
