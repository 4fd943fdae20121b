package starling.client;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The JSON of the API, read token by token. Unknown fields are skipped: the API may grow. */
final class Json {
  private static final int MAX_DEPTH = 128;

  static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxStringLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private Json() {}

  /** A stored value among siblings. */
  record Raw(Body body, @Nullable Instant expires) {}

  /** Fails unless the bytes are one JSON value, so that they cannot add fields to an envelope. */
  static void requireOneValue(byte[] text) throws IOException {
    try (JsonParser parser = FACTORY.createParser(text)) {
      if (parser.nextToken() == null) {
        throw new IllegalArgumentException("the codec made no JSON value");
      }
      parser.skipChildren();
      if (parser.nextToken() != null) {
        throw new IllegalArgumentException("the codec made more than one JSON value");
      }
    }
  }

  /** The text of a JSON string; null for any other JSON. */
  static @Nullable String stringOrNull(byte[] text) throws IOException {
    try (JsonParser parser = FACTORY.createParser(text)) {
      return parser.nextToken() == JsonToken.VALUE_STRING ? parser.getText() : null;
    }
  }

  /** The siblings of an answer with the status 300. */
  static List<Raw> siblings(byte[] answer) throws IOException {
    List<Raw> siblings = new ArrayList<>();
    try (JsonParser parser = FACTORY.createParser(answer)) {
      require(parser.nextToken() == JsonToken.START_OBJECT, "an object");
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean wanted = parser.currentName().equals("siblings");
        if (parser.nextToken() == JsonToken.START_ARRAY && wanted) {
          while (parser.nextToken() == JsonToken.START_OBJECT) {
            siblings.add(sibling(parser, answer));
          }
        } else {
          parser.skipChildren();
        }
      }
    }
    require(siblings.size() > 1, "two or more siblings");
    return siblings;
  }

  /** Reads the object of a sibling, whose beginning was read. */
  static Raw sibling(JsonParser parser, byte[] answer) throws IOException {
    ValueFields fields = new ValueFields();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      fields.take(name, parser, answer);
    }
    return fields.raw();
  }

  /** The fields of a stored value, in whatever order they come. */
  static final class ValueFields {
    private byte @Nullable [] value;
    private @Nullable String text;
    private String encoding = "json";
    private String type = Body.JSON;
    private @Nullable Instant expires;

    boolean present() {
      return value != null;
    }

    /** Takes the field whose value begins at the parser's token; skips one that is not known. */
    void take(String name, JsonParser parser, byte[] answer) throws IOException {
      switch (name) {
        case "value" -> {
          int from = (int) parser.currentTokenLocation().getByteOffset();
          if (parser.currentToken() == JsonToken.VALUE_STRING) {
            text = parser.getText();
          } else {
            parser.skipChildren();
            parser.finishToken();
          }
          value = Arrays.copyOfRange(answer, from, (int) parser.currentLocation().getByteOffset());
        }
        case "encoding" -> encoding = parser.getText();
        case "contentType" -> type = parser.getText();
        case "expires" -> expires = instant(parser.getValueAsString());
        default -> parser.skipChildren();
      }
    }

    Raw raw() throws IOException {
      byte[] exact = value;
      String base64 = text;
      if (exact == null) {
        throw new IOException("an object that should have a value has none");
      }
      return new Raw(
          Body.of(encoding.equals("base64") && base64 != null ? decoded(base64) : exact, type),
          expires);
    }
  }

  private static byte[] decoded(String base64) throws IOException {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new IOException("the value of a sibling is no base64", e);
    }
  }

  static @Nullable Instant instant(@Nullable String text) throws IOException {
    if (text == null) {
      return null;
    }
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw new IOException("'" + text + "' is no time", e);
    }
  }

  private static void require(boolean holds, String what) throws IOException {
    if (!holds) {
      throw new IOException("the answer is not " + what);
    }
  }
}
