package starling.client;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A problem document (RFC 9457), as far as the client uses it. */
final class Problem {
  private static final String TYPE = "urn:starling:problem:";

  String kind = "unknown";
  @Nullable String title;
  @Nullable String detail;
  @Nullable String requestId;
  @Nullable String field;
  @Nullable String context;
  @Nullable String etag;
  int required;
  int alive;
  final List<String> acknowledged = new ArrayList<>();
  boolean unknownOutcome;
  boolean noOutcome;
  boolean lost;
  boolean deleted;

  private Problem() {}

  /**
   * Reads a document. A type that the client does not know is kept as it is.
   *
   * @throws IOException if it is no problem document
   */
  static Problem read(byte[] document) throws IOException {
    Problem problem = new Problem();
    boolean typed = false;
    try (JsonParser parser = Json.FACTORY.createParser(document)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("a problem document is an object");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        typed |= name.equals("type") && parser.currentToken() == JsonToken.VALUE_STRING;
        problem.set(name, parser);
      }
    }
    if (!typed) {
      throw new IOException("a problem document has a type");
    }
    return problem;
  }

  private void set(String name, JsonParser parser) throws IOException {
    switch (name) {
      case "type" -> {
        String type = parser.getValueAsString("");
        kind = type.startsWith(TYPE) ? type.substring(TYPE.length()) : type;
      }
      case "title" -> title = parser.getValueAsString();
      case "detail" -> detail = parser.getValueAsString();
      case "requestId" -> requestId = parser.getValueAsString();
      case "field" -> field = parser.getValueAsString();
      case "context" -> context = parser.getValueAsString();
      case "etag" -> etag = parser.getValueAsString();
      case "required" -> required = parser.getValueAsInt();
      case "alive" -> alive = parser.getValueAsInt();
      case "lost" -> lost = parser.getValueAsBoolean();
      case "deleted" -> deleted = parser.getValueAsBoolean();
      case "outcome" -> {
        unknownOutcome = "unknown".equals(parser.getValueAsString());
        noOutcome = "none".equals(parser.getValueAsString());
      }
      case "acknowledged" -> {
        if (parser.currentToken() == JsonToken.START_ARRAY) {
          while (parser.nextToken() == JsonToken.VALUE_STRING) {
            acknowledged.add(parser.getText());
          }
        }
      }
      default -> parser.skipChildren();
    }
  }
}
