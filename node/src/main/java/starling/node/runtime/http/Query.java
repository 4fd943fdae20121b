package starling.node.runtime.http;

import com.google.common.base.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import starling.wire.Percent;
import starling.wire.ProblemKind;

/**
 * The parameters of a request, each at most once, decoded strictly. In a query {@code +} is a
 * space, as every query builder writes it; a plus sign is {@code %2B}.
 */
final class Query {
  private static final Query NONE = new Query(Map.of());

  private final Map<String, byte[]> parameters;

  private Query(Map<String, byte[]> parameters) {
    this.parameters = parameters;
  }

  /**
   * Reads the text after the question mark.
   *
   * @throws RequestRejected if a name comes twice or the encoding is broken
   */
  static Query parse(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return NONE;
    }
    Map<String, byte[]> parameters = new LinkedHashMap<>();
    for (int from = 0; from <= text.length(); ) {
      int ampersand = text.indexOf('&', from);
      int to = ampersand < 0 ? text.length() : ampersand;
      if (to > from) {
        add(parameters, text, from, to);
      }
      from = to + 1;
    }
    return new Query(parameters);
  }

  private static void add(Map<String, byte[]> parameters, String text, int from, int to) {
    int equals = text.indexOf('=', from);
    int nameEnd = equals < 0 || equals > to ? to : equals;
    String name = utf8(decode(text, from, nameEnd, "query"), "query");
    byte[] value = decode(text, Math.min(nameEnd + 1, to), to, name);
    if (parameters.put(name, value) != null) {
      boolean key = name.equals("key") || name.equals("key64");
      throw new RequestRejected(
          key ? ProblemKind.BAD_KEY : ProblemKind.BAD_PARAMETER, name, name + " is given twice");
    }
  }

  private static byte[] decode(String text, int from, int to, String field) {
    try {
      return Percent.decode(text, from, to, true);
    } catch (IllegalArgumentException e) {
      boolean key = field.equals("key") || field.equals("key64");
      throw new RequestRejected(
          key ? ProblemKind.BAD_KEY : ProblemKind.BAD_PARAMETER,
          field,
          "the query is not valid: " + e.getMessage());
    }
  }

  private static String utf8(byte[] bytes, String field) {
    if (!Utf8.isWellFormed(bytes)) {
      throw new RequestRejected(ProblemKind.BAD_PARAMETER, field, "the query is not valid UTF-8");
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  boolean has(String name) {
    return parameters.containsKey(name);
  }

  byte @Nullable [] bytes(String name) {
    return parameters.get(name);
  }

  @Nullable String text(String name) {
    byte[] value = parameters.get(name);
    return value == null ? null : utf8(value, name);
  }

  /** Rejects every parameter that is not among these: a misspelt one must not be ignored. */
  void allowOnly(Set<String> known) {
    for (String name : parameters.keySet()) {
      if (!known.contains(name)) {
        throw RequestRejected.unknown(ProblemKind.BAD_PARAMETER, "query parameter", name);
      }
    }
  }
}
