package starling.node.runtime.http;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import starling.node.request.BucketProperties;
import starling.node.request.Condition;
import starling.node.request.Quorum;
import starling.node.request.RequestOptions;
import starling.node.storage.Durability;
import starling.wire.HeaderNames;
import starling.wire.ProblemKind;

/**
 * The parts that requests to the store have in common: quorum options, causal context, conditions.
 * Each is read strictly and rejected by name.
 */
final class RequestParts {
  /** The names of {@link #options}. */
  static final Set<String> OPTIONS = Set.of("r", "w", "pr", "pw", "timeoutMs", "durability");

  private static final int MAX_CONTEXT_CHARS = 2048;

  private RequestParts() {}

  /** The options of this request in the query, checked against the bucket's properties. */
  static RequestOptions options(Query query, BucketProperties bucket) {
    RequestOptions options =
        new RequestOptions(
            parameter(query, "r", Quorum::parse),
            parameter(query, "w", Quorum::parse),
            parameter(query, "pr", Quorum::parse),
            parameter(query, "pw", Quorum::parse),
            parameter(query, "timeoutMs", RequestParts::number),
            parameter(query, "durability", RequestParts::durability));
    if (!options.equals(RequestOptions.NONE)) {
      BucketProperties.FieldError flaw = bucket.with(options).fieldError();
      if (flaw != null) {
        throw new RequestRejected(
            ProblemKind.BAD_PARAMETER, flaw.field(), flaw.field() + " " + flaw.detail());
      }
    }
    return options;
  }

  private static <T> @Nullable T parameter(Query query, String name, Function<String, T> reader) {
    String text = query.text(name);
    if (text == null) {
      return null;
    }
    try {
      return reader.apply(text);
    } catch (IllegalArgumentException e) {
      throw new RequestRejected(ProblemKind.BAD_PARAMETER, name, name + " " + e.getMessage());
    }
  }

  private static Integer number(String text) {
    if (!text.matches("[0-9]{1,9}")) {
      throw new IllegalArgumentException("must be a number, but is '" + text + "'");
    }
    return Integer.valueOf(text);
  }

  /** Reads {@code synced} or {@code replicated}. */
  static Durability durability(String text) {
    for (Durability durability : Durability.values()) {
      if (word(durability).equals(text)) {
        return durability;
      }
    }
    throw new IllegalArgumentException("must be synced or replicated, but is '" + text + "'");
  }

  /** The API's name of a constant. */
  static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /** A parameter that is a switch: present, empty or {@code true}; or {@code false}. */
  static boolean flag(Query query, String name) {
    String text = query.text(name);
    if (text == null || text.equals("false")) {
      return false;
    }
    if (!text.isEmpty() && !text.equals("true")) {
      throw new RequestRejected(
          ProblemKind.BAD_PARAMETER, name, name + " is a switch: true, false or nothing");
    }
    return true;
  }

  /** The causal context of header and body, which must agree; null where neither has one. */
  static @Nullable String context(HttpExchange exchange, @Nullable String inBody) {
    String context = inBody;
    for (String value : exchange.headers(HeaderNames.CONTEXT)) {
      String inHeader = value.strip();
      if (context != null && !context.equals(inHeader)) {
        throw badContext("the contexts of the request differ");
      }
      context = inHeader;
    }
    if (context != null) {
      requireContext(context);
    }
    return context;
  }

  /** Rejects a text that no context is. */
  static void requireContext(String context) {
    if (context.length() > MAX_CONTEXT_CHARS) {
      throw badContext("a context has at most " + MAX_CONTEXT_CHARS + " characters");
    }
    if (!base64url(context)) {
      throw badContext("a context is base64url");
    }
  }

  private static boolean base64url(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 0x80 || !(Character.isLetterOrDigit(c) || c == '-' || c == '_')) {
        return false;
      }
    }
    return true;
  }

  private static RequestRejected badContext(String detail) {
    return new RequestRejected(ProblemKind.BAD_CONTEXT, "context", detail);
  }

  /** All lines of a header that holds a list, as one; null where there is none. */
  static @Nullable String list(HttpExchange exchange, String name) {
    List<String> lines = exchange.headers(name);
    return lines.isEmpty() ? null : String.join(", ", lines);
  }

  /** Whether a header that holds a list has this element, in whatever case. */
  static boolean names(HttpExchange exchange, String header, String element) {
    for (String line : exchange.headers(header)) {
      int from = 0;
      for (int comma = line.indexOf(','); comma >= 0; comma = line.indexOf(',', from)) {
        if (line.substring(from, comma).strip().equalsIgnoreCase(element)) {
          return true;
        }
        from = comma + 1;
      }
      if (line.substring(from).strip().equalsIgnoreCase(element)) {
        return true;
      }
    }
    return false;
  }

  /** The condition of {@code If-Match} or {@code If-None-Match} for a write. */
  static Condition condition(HttpExchange exchange) {
    EntityTags match = EntityTags.parse("If-Match", list(exchange, "If-Match"));
    EntityTags noneMatch = EntityTags.parse("If-None-Match", list(exchange, "If-None-Match"));
    if (match != null && noneMatch != null) {
      throw new RequestRejected(
          ProblemKind.BAD_REQUEST, "If-Match", "If-Match and If-None-Match exclude each other");
    }
    if (noneMatch != null) {
      if (!noneMatch.any()) {
        throw new RequestRejected(
            ProblemKind.BAD_REQUEST, "If-None-Match", "a write takes only If-None-Match: *");
      }
      return Condition.ABSENT;
    }
    if (match != null) {
      return match.any() ? Condition.PRESENT : new Condition.Matches(match.versions());
    }
    return Condition.NONE;
  }
}
