package starling.client;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The body of {@code GET /api/v1/buckets/{bucket}}. */
final class BucketBody {
  private final Map<String, String> fields = new HashMap<>();

  private BucketBody() {}

  static BucketProperties read(byte[] body) throws IOException {
    BucketBody read = new BucketBody();
    try (JsonParser parser = Json.FACTORY.createParser(body)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("they are no object");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        if (parser.nextToken().isScalarValue() && parser.currentToken() != JsonToken.VALUE_NULL) {
          read.fields.put(name, parser.getText());
        } else {
          parser.skipChildren();
        }
      }
    }
    return read.properties();
  }

  private BucketProperties properties() throws IOException {
    String ttl = fields.get("ttlSeconds");
    return new BucketProperties(
        (int) number("n"),
        quorum("r"),
        quorum("w"),
        quorum("pr"),
        quorum("pw"),
        word("durability", Durability.class),
        Duration.ofMillis(number("timeoutMs")),
        word("conflict", BucketProperties.Conflict.class),
        ttl == null ? null : Duration.ofSeconds(number("ttlSeconds")));
  }

  private String text(String name) throws IOException {
    @Nullable String text = fields.get(name);
    if (text == null) {
      throw new IOException("they have no " + name);
    }
    return text;
  }

  private long number(String name) throws IOException {
    return Long.parseLong(text(name));
  }

  private Quorum quorum(String name) throws IOException {
    String text = text(name);
    return switch (text) {
      case "one" -> Quorum.ONE;
      case "quorum" -> Quorum.QUORUM;
      case "all" -> Quorum.ALL;
      default -> Quorum.of(Integer.parseInt(text));
    };
  }

  private <E extends Enum<E>> E word(String name, Class<E> words) throws IOException {
    return Enum.valueOf(words, text(name).toUpperCase(Locale.ROOT));
  }
}
