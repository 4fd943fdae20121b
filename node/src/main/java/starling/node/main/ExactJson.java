package starling.node.main;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.JsonSerializable;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.jsontype.TypeSerializer;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;

/**
 * Reads JSON so that it prints with the digits that it came with: the store keeps {@code 1.10} and
 * {@code -0.0} as they were written, and so do the commands. A number is held as its text, without
 * a numeric value.
 */
final class ExactJson {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private ExactJson() {}

  /** The text of a number. */
  private record Digits(String text) implements JsonSerializable {
    @Override
    public void serialize(JsonGenerator out, SerializerProvider provider) throws IOException {
      out.writeRawValue(text);
    }

    @Override
    public void serializeWithType(
        JsonGenerator out, SerializerProvider provider, TypeSerializer type) throws IOException {
      serialize(out, provider);
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** A whole number of an answer; 0 where there is none. */
  static long number(JsonNode node) {
    return node.isMissingNode() ? 0 : Long.parseLong(node.asText());
  }

  static JsonNode read(String text) throws IOException {
    try (JsonParser in = ClientOptions.JSON.createParser(text)) {
      JsonToken first = in.nextToken();
      return first == null ? MissingNode.getInstance() : node(in, first);
    }
  }

  private static JsonNode node(JsonParser in, JsonToken token) throws IOException {
    return switch (token) {
      case START_OBJECT -> {
        ObjectNode object = NODES.objectNode();
        for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
          object.set(name, node(in, in.nextToken()));
        }
        yield object;
      }
      case START_ARRAY -> {
        ArrayNode array = NODES.arrayNode();
        for (JsonToken next = in.nextToken(); next != JsonToken.END_ARRAY; next = in.nextToken()) {
          array.add(node(in, next));
        }
        yield array;
      }
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> NODES.pojoNode(new Digits(in.getText()));
      case VALUE_TRUE -> NODES.booleanNode(true);
      case VALUE_FALSE -> NODES.booleanNode(false);
      case VALUE_NULL -> NODES.nullNode();
      default -> NODES.textNode(in.getText());
    };
  }
}
