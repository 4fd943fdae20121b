package starling.node.runtime.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.google.common.base.Utf8;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import starling.wire.ProblemKind;

/**
 * Reads JSON bodies strictly: valid UTF-8 without a byte order mark, one object, no field twice at
 * any depth, values nested at most {@link #MAX_DEPTH} deep. A value is not understood but cut out
 * of the body as the bytes between its first and its last, so digits and field order stay.
 */
final class JsonBodies {
  /** How deep a value may nest. */
  static final int MAX_DEPTH = 100;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          // Names come from strangers: they must neither fill a table that is never emptied, nor
          // fail because of how they hash.
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH + 1)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private JsonBodies() {}

  /** Takes the fields of an object, one after the other. */
  interface Fields {
    /** Reads the value the parser stands on, and leaves the parser on its last token. */
    void field(String name, JsonParser parser) throws IOException;
  }

  /** Reads the body of a write. */
  static Envelope envelope(byte[] body) {
    EnvelopeFields fields = new EnvelopeFields(body);
    read(body, fields);
    return fields.envelope();
  }

  /**
   * Reads one JSON object.
   *
   * @throws RequestRefused if the body is anything else
   */
  static void read(byte[] body, Fields fields) {
    requireUtf8(body);
    try (JsonParser parser = JSON.createParser(body)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw bad("the body must be a JSON object");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        fields.field(name, parser);
      }
      if (parser.nextToken() != null) {
        throw bad("the body goes on after the JSON object");
      }
    } catch (StreamConstraintsException e) {
      throw new RequestRefused(
          ProblemKind.BAD_BODY, "value", "a value is nested at most " + MAX_DEPTH + " deep");
    } catch (JsonParseException e) {
      throw bad("the body is not valid JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw bad("the body is not valid JSON: it ends too early");
    }
  }

  /** The exact text of the value the parser stands on; the parser moves to its last token. */
  static byte[] slice(byte[] body, JsonParser parser) throws IOException {
    int from = Math.toIntExact(parser.currentTokenLocation().getByteOffset());
    parser.skipChildren();
    parser.finishToken();
    int to = Math.toIntExact(parser.currentLocation().getByteOffset());
    return Arrays.copyOfRange(body, from, to);
  }

  /** The text of a string; anything else is refused in the name of the field. */
  static String string(String field, JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw new RequestRefused(ProblemKind.BAD_BODY, field, field + " must be a string");
    }
    return parser.getText();
  }

  /** The text of a JSON string that stands alone. */
  static @Nullable String unquote(byte[] json) {
    try (JsonParser parser = JSON.createParser(json)) {
      return parser.nextToken() == JsonToken.VALUE_STRING ? parser.getText() : null;
    } catch (IOException e) {
      throw new IllegalStateException("a value that was read cannot be read again", e);
    }
  }

  /** The parser guesses other encodings from a mark or from zeros; none of them is ours. */
  private static void requireUtf8(byte[] body) {
    if (!Utf8.isWellFormed(body)) {
      throw bad("the body is not valid UTF-8");
    }
    if (body.length >= 3 && body[0] == (byte) 0xef && body[1] == (byte) 0xbb) {
      throw bad("the body must not begin with a byte order mark");
    }
    for (int i = 0; i < Math.min(4, body.length); i++) {
      if (body[i] == 0) {
        throw bad("the body is not JSON in UTF-8");
      }
    }
  }

  private static RequestRefused bad(String detail) {
    return new RequestRefused(ProblemKind.BAD_BODY, "body", detail);
  }

  private static final class EnvelopeFields implements Fields {
    private final byte[] body;
    private @Nullable String key;
    private byte @Nullable [] value;
    private @Nullable String encoding;
    private @Nullable String contentType;
    private @Nullable String context;
    private boolean expires;

    EnvelopeFields(byte[] body) {
      this.body = body;
    }

    @Override
    public void field(String name, JsonParser parser) throws IOException {
      switch (name) {
        case "key" -> key = string(name, parser);
        case "value" -> value = slice(body, parser);
        case "encoding" -> encoding = string(name, parser);
        case "contentType" -> contentType = string(name, parser);
        case "context" -> context = string(name, parser);
        case "ttlSeconds" -> {
          parser.skipChildren();
          expires = true;
        }
        default -> throw RequestRefused.unknown(ProblemKind.BAD_BODY, "field", name);
      }
    }

    Envelope envelope() {
      return new Envelope(key, value, encoding, contentType, context, expires);
    }
  }
}
