package starling.client.micrometer;

import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * OpenTelemetry's semantic conventions for calls of database clients. Every observation has the
 * same low-cardinality keys, {@code none} where there is nothing to say: registries such as
 * Prometheus' take no meter with a varying set of keys.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/semconv/db/database-metrics/">the metrics</a>
 * @see <a href="https://opentelemetry.io/docs/specs/semconv/db/database-spans/">the spans</a>
 */
public class DatabaseConvention implements CallConvention {
  /** The most kinds of failures that keep their names; nodes of later versions may have more. */
  static final int MAX_KINDS = 100;

  private static final String NAME = "db.client.operation.duration";
  private static final String OTHER = "_OTHER";
  private static final KeyValue SYSTEM = KeyValue.of("db.system.name", "starling");
  private static final int CLIENT_ERROR = 400;

  private final Set<String> kinds = ConcurrentHashMap.newKeySet();

  /** The names of OpenTelemetry as they are. */
  public DatabaseConvention() {}

  @Override
  public String getName() {
    return NAME;
  }

  /** For spans: the operation and its bucket, such as {@code get carts}. */
  @Override
  public String getContextualName(CallContext context) {
    String operation = operation(context);
    return context.bucket().isEmpty() ? operation : operation + " " + context.bucket();
  }

  @Override
  public KeyValues getLowCardinalityKeyValues(CallContext context) {
    String node = context.node().orElse("");
    int colon = node.lastIndexOf(':');
    boolean explained = context.kind().isPresent() && context.status() >= CLIENT_ERROR;
    return KeyValues.of(
        SYSTEM,
        KeyValue.of("db.operation.name", operation(context)),
        KeyValue.of("db.collection.name", orNone(context.bucket())),
        KeyValue.of("server.address", orNone(colon < 0 ? "" : host(node.substring(0, colon)))),
        KeyValue.of("server.port", orNone(node.substring(colon + 1))),
        KeyValue.of("error.type", context.kind().map(this::bounded).orElse(KeyValue.NONE_VALUE)),
        KeyValue.of(
            "db.response.status_code",
            explained ? Integer.toString(context.status()) : KeyValue.NONE_VALUE));
  }

  @Override
  public KeyValues getHighCardinalityKeyValues(CallContext context) {
    KeyValues values =
        KeyValues.of(KeyValue.of("starling.requests", Integer.toString(context.requests())));
    return context
        .outcome()
        .map(outcome -> values.and(KeyValue.of("starling.outcome", lower(outcome))))
        .orElse(values);
  }

  private String bounded(String kind) {
    if (kinds.contains(kind)) {
      return kind;
    }
    return kinds.size() < MAX_KINDS && kinds.add(kind) ? kind : OTHER;
  }

  private static String operation(CallContext context) {
    return lower(context.operation());
  }

  private static String lower(Enum<?> word) {
    return word.name().toLowerCase(Locale.ROOT);
  }

  private static String host(String address) {
    return address.startsWith("[") ? address.substring(1, address.length() - 1) : address;
  }

  private static String orNone(String text) {
    return text.isEmpty() ? KeyValue.NONE_VALUE : text;
  }
}
