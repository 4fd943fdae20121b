package starling.client;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The body of {@code POST …/batch}. */
final class BatchBody {
  private static final int MAX_BYTES = 8 << 20;

  private BatchBody() {}

  /**
   * Writes a body.
   *
   * @param idPrefix begins the idempotency key of each write; null for none
   */
  static byte[] of(List<Batch.Entry> entries, @Nullable String idPrefix) {
    if (entries.isEmpty()) {
      throw InvalidRequestException.before("operations", "a batch has at least one operation");
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
    try (JsonGenerator json = Json.FACTORY.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeArrayFieldStart("operations");
      for (int i = 0; i < entries.size(); i++) {
        write(json, entries.get(i), idPrefix == null ? null : idPrefix + "-" + i);
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (bytes.size() > MAX_BYTES) {
      throw InvalidRequestException.before(
          "operations",
          "a batch has at most " + MAX_BYTES + " bytes, but this one has " + bytes.size());
    }
    return bytes.toByteArray();
  }

  private static void write(JsonGenerator json, Batch.Entry entry, @Nullable String id)
      throws IOException {
    json.writeStartObject();
    json.writeObjectFieldStart(
        switch (entry.operation()) {
          case PUT -> "put";
          case DELETE -> "delete";
          default -> "get";
        });
    json.writeStringField("key", entry.key().text());
    Body value = entry.value();
    if (value != null && value.isJson()) {
      json.writeFieldName("value");
      json.writeRawValue(value.text());
    } else if (value != null) {
      json.writeBinaryField("value", value.bytes());
      json.writeStringField("encoding", "base64");
      json.writeStringField("contentType", value.contentType());
    }
    Context context = entry.context();
    if (context != null) {
      json.writeStringField("context", context.text());
    }
    if (id != null && entry.operation() != Operation.GET) {
      json.writeStringField("idempotencyKey", id);
    }
    json.writeEndObject();
    json.writeEndObject();
  }
}
