package starling.node.runtime.http;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import starling.node.request.BatchRequest;
import starling.node.request.BatchRequest.Change;
import starling.node.request.BatchRequest.Get;
import starling.node.request.BatchRequest.Operation;
import starling.node.request.Condition;
import starling.node.request.Rejection;
import starling.node.version.Content;
import starling.node.version.IdempotencyKey;
import starling.wire.ProblemKind;

/**
 * The body of a batch. Its shape is checked as a whole: anything but one known verb with known
 * fields in each operation rejects the batch. A key, value or context that is not valid is the
 * result of its own operation.
 */
final class BatchBody {
  /** Deeper than any value that is stored, since the depth of a value is its own result. */
  private static final int MAX_DEPTH = 1_000;

  /**
   * One operation as it was sent.
   *
   * @param write whether it is a put or a delete
   * @param delete whether it is a delete
   * @param key null where it is not valid
   * @param rejected why it is not executed, or null
   */
  private record Sent(
      boolean write, boolean delete, @Nullable StoreKey key, @Nullable Rejection rejected) {}

  private final String bucket;
  private final Contents contents;
  private final List<Sent> sent = new ArrayList<>();
  private final List<Operation> operations = new ArrayList<>();

  /** The index in the batch of each operation that is executed. */
  private final List<Integer> executed = new ArrayList<>();

  private BatchBody(String bucket, Contents contents) {
    this.bucket = bucket;
    this.contents = contents;
  }

  /**
   * Reads a body; touches nothing else.
   *
   * @throws RequestRejected if the batch is rejected as a whole
   */
  static BatchBody read(byte[] body, String bucket, Contents contents) {
    BatchBody batch = new BatchBody(bucket, contents);
    boolean[] found = new boolean[1];
    JsonBodies.read(
        body,
        MAX_DEPTH,
        (name, value) -> {
          if (!name.equals("operations")) {
            throw RequestRejected.unknown(ProblemKind.BAD_BODY, "field", name);
          }
          if (!value.isArray()) {
            throw malformed("operations must be an array");
          }
          found[0] = true;
          JsonBodies.elements(value, batch::add);
        });
    if (!found[0] || batch.sent.isEmpty()) {
      throw malformed(
          "a batch has 1 to " + BatchRequest.MAX_OPERATIONS + " operations, but this one has none");
    }
    return batch;
  }

  private static RequestRejected malformed(String detail) {
    return new RequestRejected(ProblemKind.BAD_BODY, "operations", detail);
  }

  private void add(JsonValue operation) {
    int index = sent.size();
    if (index == BatchRequest.MAX_OPERATIONS) {
      throw malformed("a batch has at most " + BatchRequest.MAX_OPERATIONS + " operations");
    }
    String where = "operation " + index;
    if (!operation.isObject()) {
      throw malformed(where + " must be an object with get, put or delete");
    }
    int[] verbs = new int[1];
    JsonBodies.fields(
        operation,
        (verb, value) -> {
          if (verbs[0]++ > 0) {
            throw malformed(where + " has more than one verb");
          }
          Fields fields = new Fields(verb, where);
          if (!fields.known()) {
            throw malformed(where + " has the unknown verb '" + RequestRejected.shown(verb) + "'");
          }
          if (!value.isObject()) {
            throw malformed("the " + verb + " of " + where + " must be an object");
          }
          fields.read(value);
          accept(fields);
        });
    if (verbs[0] == 0) {
      throw malformed(where + " has no verb: get, put or delete");
    }
  }

  private void accept(Fields fields) {
    StoreKey key = null;
    try {
      key = fields.key(bucket);
      Operation operation = fields.operation(key, contents);
      executed.add(sent.size());
      operations.add(operation);
      sent.add(new Sent(fields.writes(), fields.delete(), key, null));
    } catch (RequestRejected rejected) {
      sent.add(new Sent(fields.writes(), fields.delete(), key, rejected.refusal()));
    }
  }

  String bucket() {
    return bucket;
  }

  /** How many operations were sent. */
  int size() {
    return sent.size();
  }

  /** The operations to execute, in their order. */
  List<Operation> operations() {
    return operations;
  }

  /** Where one of {@link #operations} is in the batch. */
  int place(int executedIndex) {
    return executed.get(executedIndex);
  }

  /** Whether one of {@link #operations} is a delete. */
  boolean deletes(int executedIndex) {
    return sent.get(place(executedIndex)).delete();
  }

  /** The key of an operation that is executed, by its place in the batch. */
  StoreKey key(int place) {
    StoreKey key = sent.get(place).key();
    if (key == null) {
      throw new IllegalStateException("operation " + place + " has no key");
    }
    return key;
  }

  /** Why an operation is not executed, by its place in the batch; or null. */
  @Nullable Rejection rejected(int place) {
    return sent.get(place).rejected();
  }

  /** Whether an operation is a put or a delete, by its place in the batch. */
  boolean writes(int place) {
    return sent.get(place).write();
  }

  /** The fields of one operation. */
  private static final class Fields {
    private final String verb;
    private final String where;
    private @Nullable JsonValue key;
    private @Nullable JsonValue value;
    private @Nullable JsonValue encoding;
    private @Nullable JsonValue contentType;
    private @Nullable JsonValue context;
    private @Nullable JsonValue idempotencyKey;
    private boolean expires;

    Fields(String verb, String where) {
      this.verb = verb;
      this.where = where;
    }

    boolean known() {
      return verb.equals("get") || writes();
    }

    boolean writes() {
      return verb.equals("put") || delete();
    }

    boolean delete() {
      return verb.equals("delete");
    }

    private boolean puts() {
      return verb.equals("put");
    }

    void read(JsonValue object) {
      JsonBodies.fields(object, this::field);
    }

    private void field(String name, JsonValue given) {
      switch (name) {
        case "key" -> key = given;
        case "context" -> context = given;
        case "idempotencyKey" -> idempotencyKey = only(writes(), name, given);
        case "value" -> value = only(puts(), name, given);
        case "encoding" -> encoding = only(puts(), name, given);
        case "contentType" -> contentType = only(puts(), name, given);
        case "ttlSeconds" -> expires = only(puts(), name, given) != null;
        default -> throw unknown(name);
      }
    }

    private JsonValue only(boolean known, String name, JsonValue given) {
      if (!known) {
        throw unknown(name);
      }
      return given;
    }

    private RequestRejected unknown(String name) {
      String shown = RequestRejected.shown(name);
      return new RequestRejected(
          ProblemKind.BAD_BODY,
          shown,
          "the field '" + shown + "' in the " + verb + " of " + where + " is not known here");
    }

    private static @Nullable String text(String name, @Nullable JsonValue value) {
      return value == null ? null : value.string(name);
    }

    StoreKey key(String bucket) {
      if (key == null) {
        throw new RequestRejected(ProblemKind.BAD_KEY, "key", "the operation names no key");
      }
      if (!key.isString()) {
        throw new RequestRejected(ProblemKind.BAD_KEY, "key", "key must be a string");
      }
      return StoreKey.ofText(bucket, key.string("key"));
    }

    Operation operation(StoreKey of, Contents contents) {
      String seen = text("context", context);
      if (seen != null) {
        RequestParts.requireContext(seen);
      }
      if (!writes()) {
        return new Get(of.bytes(), seen);
      }
      if (expires) {
        throw RequestRejected.notBuilt("ttlSeconds");
      }
      Content content = delete() ? Content.tombstone() : content(contents);
      return new Change(of.bytes(), content, seen, idempotency(of, content, seen));
    }

    private Content content(Contents contents) {
      if (value != null && value.nestedBeyond(JsonBodies.MAX_DEPTH)) {
        throw new RequestRejected(
            ProblemKind.BAD_BODY,
            "value",
            "a value is nested at most " + JsonBodies.MAX_DEPTH + " deep");
      }
      return contents.ofEnvelope(
          new Envelope(
              null,
              value == null ? null : value.bytes(),
              text("encoding", encoding),
              text("contentType", contentType),
              null,
              false));
    }

    private @Nullable IdempotencyKey idempotency(
        StoreKey of, Content content, @Nullable String seen) {
      String name = text("idempotencyKey", idempotencyKey);
      if (name == null) {
        return null;
      }
      if (!IdempotencyHeader.valid(name)) {
        throw new RequestRejected(
            ProblemKind.BAD_REQUEST,
            "idempotencyKey",
            "an idempotencyKey has 1 to 128 visible ASCII characters");
      }
      ApiMethod method = delete() ? ApiMethod.DELETE : ApiMethod.PUT;
      return IdempotencyHeader.key(name, method, of, content, seen, Condition.NONE);
    }
  }
}
