package starling.node.runtime.http;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import starling.node.version.Content;
import starling.wire.ProblemKind;

/**
 * Values between HTTP and the store, both ways. A JSON value is the text it was written with;
 * anything else is bytes with a content type, and base64 inside JSON.
 */
final class Contents {
  private final int maxValueBytes;

  Contents(int maxValueBytes) {
    this.maxValueBytes = maxValueBytes;
  }

  /** A body that is the value itself. */
  Content ofBody(byte[] body, MediaType type) {
    return Content.bytes(bounded(body), type.text(), Content.NEVER);
  }

  /** The value in an envelope. */
  Content ofEnvelope(Envelope envelope) {
    byte[] text = envelope.value();
    if (text == null) {
      throw new RequestRejected(ProblemKind.BAD_BODY, "value", "the body has no value");
    }
    String encoding = envelope.encoding();
    MediaType type = type(envelope.contentType());
    if (encoding == null || encoding.equals("json")) {
      if (type != null && !type.isJson()) {
        throw new RequestRejected(
            ProblemKind.BAD_BODY, "contentType", "a value of another type needs encoding base64");
      }
      return Content.json(bounded(text));
    }
    if (!encoding.equals("base64")) {
      throw new RequestRejected(
          ProblemKind.BAD_BODY, "encoding", "the encoding must be base64 or json");
    }
    return Content.bytes(
        bounded(decode(text)), type == null ? MediaType.BYTES : type.text(), Content.NEVER);
  }

  private byte[] bounded(byte[] value) {
    if (value.length > maxValueBytes) {
      throw new RequestRejected(
          ProblemKind.VALUE_TOO_LARGE,
          "value",
          "a value has at most " + maxValueBytes + " bytes, but this one has " + value.length);
    }
    return value;
  }

  private static @Nullable MediaType type(@Nullable String contentType) {
    if (contentType == null) {
      return null;
    }
    MediaType type = MediaType.parse(contentType);
    if (type == null) {
      throw new RequestRejected(
          ProblemKind.BAD_BODY, "contentType", "contentType is not a media type");
    }
    return type;
  }

  private static byte[] decode(byte[] json) {
    JsonValue value = JsonValue.of(json);
    if (!value.isString()) {
      throw new RequestRejected(
          ProblemKind.BAD_BODY, "value", "a value with encoding base64 must be a string");
    }
    try {
      return Base64.getDecoder().decode(value.string("value").getBytes(StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      throw new RequestRejected(ProblemKind.BAD_BODY, "value", "the value is not valid base64");
    }
  }

  /** The Content-Type of an answer with the value's own bytes. */
  static String contentType(Content content) {
    String type = content.contentType();
    return content.kind() == Content.Kind.JSON
        ? MediaType.JSON
        : type == null ? MediaType.BYTES : type;
  }

  /** Writes the fields of a value: those that are not empty, or all of them. */
  static void write(JsonText json, Content content, boolean allFields) {
    boolean isJson = content.kind() == Content.Kind.JSON;
    json.name("value");
    if (isJson) {
      json.raw(content.view());
    } else {
      json.base64(content.view());
    }
    if (!isJson || allFields) {
      json.field("encoding", isJson ? "json" : "base64");
      json.field("contentType", contentType(content));
    }
    long expires = content.expiresAtMillis();
    if (expires != Content.NEVER || allFields) {
      json.field(
          "expires", expires == Content.NEVER ? null : Instant.ofEpochMilli(expires).toString());
    }
  }

  /** About how many bytes {@link #write} will take. */
  static long expectedBytes(Content content) {
    long bytes = content.valueBytes();
    return 160 + (content.kind() == Content.Kind.JSON ? bytes : bytes / 3 * 4 + 4);
  }
}
