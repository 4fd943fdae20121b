package starling.node.runtime.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import starling.wire.ProblemKind;

/**
 * The types that a client accepts (RFC 9110, section 12.5.1). The answer is the envelope wherever
 * JSON or a wildcard is named; a range of another type asks for the value's own bytes, unless JSON
 * is named with the same weight. Malformed ranges are ignored.
 */
final class Accept {
  private static final int MAX_RANGES = 64;
  private static final String PROBLEM = "application/problem+json";
  private static final Accept ANYTHING = new Accept(List.of());

  private record Range(String type, double quality) {
    boolean partialWildcard() {
      return type.endsWith("/*");
    }

    boolean covers(String name) {
      return type.equals("*/*")
          || type.equals(name)
          || (partialWildcard() && name.startsWith(type.substring(0, type.length() - 1)));
    }
  }

  private final List<Range> ranges;

  private Accept(List<Range> ranges) {
    this.ranges = ranges;
  }

  /** The types that the client of this request accepts. */
  static Accept of(HttpExchange exchange) {
    return parse(RequestParts.list(exchange, "Accept"));
  }

  static Accept parse(@Nullable String header) {
    if (header == null || header.isBlank()) {
      return ANYTHING;
    }
    List<Range> ranges = new ArrayList<>();
    for (String part : header.split(",", MAX_RANGES + 1)) {
      Range range = range(part);
      if (range != null && ranges.size() < MAX_RANGES) {
        ranges.add(range);
      }
    }
    return new Accept(ranges);
  }

  private static @Nullable Range range(String part) {
    String[] pieces = part.split(";", -1);
    String type = pieces[0].strip().toLowerCase(Locale.ROOT);
    if (MediaType.parse(type) == null) {
      return null;
    }
    double quality = 1;
    for (int i = 1; i < pieces.length; i++) {
      String parameter = pieces[i].strip().toLowerCase(Locale.ROOT);
      if (parameter.matches("q=[01](\\.[0-9]{0,3})?")) {
        quality = Double.parseDouble(parameter.substring(2));
      }
    }
    return new Range(type, quality);
  }

  /** Rejects the request if its client does not accept JSON. */
  void requireJson() {
    requireJson("the answer is application/json");
  }

  /** The same, with the types that the answer can have. */
  void requireJson(String detail) {
    if (!ranges.isEmpty() && quality(MediaType.JSON) <= 0 && quality(PROBLEM) <= 0) {
      throw new RequestRejected(ProblemKind.NOT_ACCEPTABLE, "Accept", detail);
    }
  }

  /** Whether this very type is named and can be read. */
  boolean names(String type) {
    return ranges.stream().anyMatch(range -> range.type().equals(type) && range.quality() > 0);
  }

  /** Whether the value's own bytes are asked for, rather than the envelope. */
  boolean prefersBytes() {
    double bytes = 0;
    for (Range range : ranges) {
      boolean json = range.covers(MediaType.JSON) || range.covers(PROBLEM);
      if (!json) {
        bytes = Math.max(bytes, range.quality());
      }
    }
    return bytes > 0 && bytes > namedJson();
  }

  /**
   * Whether the client accepts bytes of this type. A client that accepts octets accepts any type.
   */
  boolean takes(String type) {
    String name = type.toLowerCase(Locale.ROOT);
    int semicolon = name.indexOf(';');
    return ranges.isEmpty()
        || quality((semicolon < 0 ? name : name.substring(0, semicolon)).strip()) > 0
        || quality(MediaType.BYTES) > 0;
  }

  /** The same for a JSON value, whose bytes are a text. */
  boolean takesJsonText() {
    return takes(MediaType.JSON) || ranges.stream().anyMatch(Accept::readsText);
  }

  private static boolean readsText(Range range) {
    return range.quality() > 0 && range.type().startsWith("text/");
  }

  private double namedJson() {
    for (Range range : ranges) {
      if (range.type().equals(MediaType.JSON)) {
        return range.quality();
      }
    }
    return 0;
  }

  /** The most specific range that covers the type decides. */
  private double quality(String name) {
    Range best = null;
    for (Range range : ranges) {
      if (range.covers(name) && (best == null || specificity(range) > specificity(best))) {
        best = range;
      }
    }
    return best == null ? 0 : best.quality();
  }

  private static int specificity(Range range) {
    return range.type().equals("*/*") ? 0 : range.partialWildcard() ? 1 : 2;
  }
}
