package starling.client;

import java.nio.charset.StandardCharsets;

/** An encoded value: bytes and their media type. The bytes are not copied; do not change them. */
public final class Body {
  /** Values of this type are stored as JSON; every other type as bytes. */
  public static final String JSON = "application/json";

  static final String BYTES = "application/octet-stream";
  static final String TEXT = "text/plain; charset=utf-8";

  private static final int MAX_TYPE_LENGTH = 255;

  private final byte[] bytes;
  private final String contentType;

  private Body(byte[] bytes, String contentType) {
    this.bytes = bytes;
    this.contentType = contentType;
  }

  /**
   * A value.
   *
   * @throws IllegalArgumentException if the type is no media type
   */
  public static Body of(byte[] bytes, String contentType) {
    if (contentType.length() > MAX_TYPE_LENGTH
        || contentType.indexOf('/') < 1
        || !Text.printable(contentType)) {
      throw new IllegalArgumentException("not a media type: '" + contentType + "'");
    }
    return new Body(bytes, contentType);
  }

  public byte[] bytes() {
    return bytes;
  }

  public String contentType() {
    return contentType;
  }

  /** Whether the type is JSON. */
  public boolean isJson() {
    return Text.json(contentType);
  }

  /** The bytes as UTF-8. */
  public String text() {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return bytes.length + " bytes of " + contentType;
  }
}
