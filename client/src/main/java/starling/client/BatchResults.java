package starling.client;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a batch: one result for each operation, each in the form of a single answer whose
 * body is the result.
 */
final class BatchResults {
  private BatchResults() {}

  /**
   * One result.
   *
   * @param values none, one, or the siblings
   * @param key null where the object names none
   * @param cursor of a line of a listing, or null
   * @param complete of the last line of a listing, or null
   */
  record Result(
      Answer answer,
      List<Json.Raw> values,
      @Nullable String key,
      @Nullable String cursor,
      @Nullable Boolean complete) {}

  static List<Result> read(byte[] answer) throws IOException {
    List<Result> results = new ArrayList<>();
    try (JsonParser parser = Json.FACTORY.createParser(answer)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("the answer to a batch is an object");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean wanted = parser.currentName().equals("results");
        if (parser.nextToken() == JsonToken.START_ARRAY && wanted) {
          while (parser.nextToken() == JsonToken.START_OBJECT) {
            results.add(result(parser, answer));
          }
        } else {
          parser.skipChildren();
        }
      }
    }
    return results;
  }

  /** Reads an object whose beginning was read: a result, or a line of a listing. */
  static Result result(JsonParser parser, byte[] answer) throws IOException {
    int from = (int) parser.currentTokenLocation().getByteOffset();
    int status = 0;
    String context = null;
    String etag = null;
    String key = null;
    String cursor = null;
    Boolean complete = null;
    Json.ValueFields value = new Json.ValueFields();
    List<Json.Raw> values = new ArrayList<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      switch (name) {
        case "status" -> status = parser.getValueAsInt();
        case "context" -> context = parser.getValueAsString();
        case "etag" -> etag = parser.getValueAsString();
        case "key" -> key = parser.getValueAsString();
        case "cursor" -> cursor = parser.getValueAsString();
        case "complete" -> complete = parser.getValueAsBoolean();
        case "siblings" -> {
          while (parser.nextToken() == JsonToken.START_OBJECT) {
            values.add(Json.sibling(parser, answer));
          }
        }
        default -> value.take(name, parser, answer);
      }
    }
    int to = (int) parser.currentLocation().getByteOffset();
    Answer made = new Answer(status);
    made.context = context;
    made.etag = etag;
    if (values.isEmpty() && value.present()) {
      values.add(value.raw());
    }
    if (status >= 400) {
      made.body = Arrays.copyOfRange(answer, from, to);
    }
    return new Result(made, values, key, cursor, complete);
  }
}
