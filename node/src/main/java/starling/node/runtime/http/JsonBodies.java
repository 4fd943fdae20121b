package starling.node.runtime.http;

import com.google.common.base.Utf8;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.wire.ProblemKind;

/**
 * Reads JSON bodies strictly: valid UTF-8 without a byte order mark, one object, no field twice at
 * any depth, values nested at most {@link #MAX_DEPTH} deep. A value is not decoded but taken from
 * the body as bytes, so digits and field order stay.
 *
 * <p>The text is checked in one pass over its bytes, without recursion and without a string for any
 * name or value inside, so the work is proportional to the length of the body, whatever is in it.
 */
final class JsonBodies {
  /** How deep a value may nest. */
  static final int MAX_DEPTH = 100;

  private static final int MAX_SHOWN_NAME = 64;

  /** Receives the fields of an object, one after the other. */
  interface Fields {
    /** One field of the object. */
    void field(String name, JsonValue value);
  }

  private final byte[] in;
  private final int maxDepth;
  private final FieldNames names;
  private boolean[] inObject = new boolean[8];
  private int at;

  private JsonBodies(byte[] in, int from, int maxDepth) {
    this.in = in;
    this.at = from;
    this.maxDepth = maxDepth;
    this.names = new FieldNames(in);
  }

  /** Reads the body of a write. */
  static Envelope envelope(byte[] body) {
    EnvelopeFields fields = new EnvelopeFields();
    read(body, fields);
    return fields.envelope();
  }

  /**
   * Reads one JSON object.
   *
   * @throws RequestRejected if the body is anything else
   */
  static void read(byte[] body, Fields fields) {
    read(body, MAX_DEPTH, fields);
  }

  /** The same, where a field holds the values of several writes and so may nest deeper. */
  static void read(byte[] body, int maxDepth, Fields fields) {
    requireUtf8(body);
    JsonBodies json = new JsonBodies(body, 0, maxDepth);
    if (json.peek() != '{') {
      throw bad("the body must be a JSON object");
    }
    json.object(fields);
    if (json.skipSpace() < body.length) {
      throw bad("the body goes on after the JSON object");
    }
  }

  /** The fields of an object within a text that was read before, of any depth. */
  static void fields(JsonValue object, Fields fields) {
    new JsonBodies(object.in(), object.from(), Integer.MAX_VALUE).object(fields);
  }

  /** The elements of an array within a text that was read before, of any depth. */
  static void elements(JsonValue array, Consumer<JsonValue> each) {
    JsonBodies json = new JsonBodies(array.in(), array.from() + 1, Integer.MAX_VALUE);
    if (json.peek() == ']') {
      return;
    }
    do {
      int from = json.at;
      json.value();
      each.accept(new JsonValue(array.in(), from, json.at));
    } while (json.goesOn(']'));
  }

  /** A byte order mark or zeros indicate another encoding; none is accepted. */
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

  private void object(Fields fields) {
    at++;
    names.open();
    if (peek() == '}') {
      at++;
    } else {
      do {
        int begin = at + 1;
        name();
        String name = JsonValue.text(in, begin, at - 1);
        colon();
        int from = at;
        value();
        fields.field(name, new JsonValue(in, from, at));
      } while (goesOn('}'));
    }
    names.close();
  }

  /** Skips the value whose first byte is here. */
  private void value() {
    int depth = 0;
    do {
      byte b = in[at];
      if (b == '{' || b == '[') {
        if (depth == maxDepth) {
          throw new RequestRejected(
              ProblemKind.BAD_BODY, "value", "a value is nested at most " + MAX_DEPTH + " deep");
        }
        if (depth == inObject.length) {
          inObject = Arrays.copyOf(inObject, 2 * depth);
        }
        inObject[depth++] = b == '{';
        at++;
        byte next = peek();
        if (b == '{') {
          names.open();
          if (next != '}') {
            name();
            colon();
            continue;
          }
        } else if (next != ']') {
          continue;
        }
        at++;
        depth = left(depth);
      } else {
        scalar(b);
      }
      while (depth > 0 && !goesOn(inObject[depth - 1] ? '}' : ']')) {
        depth = left(depth);
      }
      if (depth > 0 && inObject[depth - 1]) {
        name();
        colon();
      }
    } while (depth > 0);
  }

  private int left(int depth) {
    if (inObject[depth - 1]) {
      names.close();
    }
    return depth - 1;
  }

  /** After a comma the next element is here; after the end of the container, what follows it. */
  private boolean goesOn(char end) {
    byte b = peek();
    at++;
    if (b == ',') {
      byte unused = peek();
      return true;
    }
    if (b != end) {
      at--;
      throw unexpected();
    }
    return false;
  }

  private void name() {
    if (in[at] != '"') {
      throw unexpected();
    }
    int begin = at + 1;
    boolean escapes = string();
    if (!names.add(begin, at - 1, escapes)) {
      throw bad("the field '" + shown(JsonValue.text(in, begin, at - 1)) + "' is there twice");
    }
  }

  private static String shown(String name) {
    return name.length() > MAX_SHOWN_NAME ? name.substring(0, MAX_SHOWN_NAME) + "..." : name;
  }

  /** Skips the colon, up to the first byte of the value. */
  private void colon() {
    if (peek() != ':') {
      throw unexpected();
    }
    at++;
    byte unused = peek();
  }

  private void scalar(byte first) {
    switch (first) {
      case '"' -> string();
      case 't' -> literal("true");
      case 'f' -> literal("false");
      case 'n' -> literal("null");
      default -> number();
    }
  }

  /** Skips a string; returns whether it has escapes. */
  private boolean string() {
    boolean escapes = false;
    at++;
    while (true) {
      int i = at;
      while (i < in.length && in[i] != '"' && in[i] != '\\' && (in[i] & 0xff) >= 0x20) {
        i++;
      }
      at = i;
      byte b = next();
      if (b == '"') {
        at++;
        return escapes;
      }
      if (b != '\\') {
        throw unexpected();
      }
      at++;
      escapes = true;
      escape();
    }
  }

  private void escape() {
    byte b = next();
    if (b == 'u') {
      for (int i = 0; i < 4; i++) {
        at++;
        byte digit = next();
        if (digit < 0 || Character.digit(digit, 16) < 0) {
          throw unexpected();
        }
      }
    } else if ("\"\\/bfnrt".indexOf(b) < 0) {
      throw unexpected();
    }
    at++;
  }

  private void literal(String word) {
    for (int i = 0; i < word.length(); i++) {
      if (next() != word.charAt(i)) {
        throw unexpected();
      }
      at++;
    }
  }

  private void number() {
    if (in[at] == '-') {
      at++;
    }
    if (next() == '0') {
      at++;
    } else {
      digits();
    }
    if (at < in.length && in[at] == '.') {
      at++;
      digits();
    }
    if (at < in.length && (in[at] == 'e' || in[at] == 'E')) {
      at++;
      byte sign = next();
      if (sign == '+' || sign == '-') {
        at++;
      }
      digits();
    }
  }

  private void digits() {
    byte b = next();
    if (b < '0' || b > '9') {
      throw unexpected();
    }
    while (at < in.length && in[at] >= '0' && in[at] <= '9') {
      at++;
    }
  }

  private int skipSpace() {
    while (at < in.length
        && (in[at] == ' ' || in[at] == '\n' || in[at] == '\r' || in[at] == '\t')) {
      at++;
    }
    return at;
  }

  /** The next byte that is no space, which is here then. */
  private byte peek() {
    int unused = skipSpace();
    return next();
  }

  /** The byte here. */
  private byte next() {
    if (at >= in.length) {
      throw bad("the body is not valid JSON: it ends too early");
    }
    return in[at];
  }

  private static RequestRejected bad(String detail) {
    return new RequestRejected(ProblemKind.BAD_BODY, "body", detail);
  }

  private RequestRejected unexpected() {
    byte b = in[at];
    String found = b > ' ' && b < 0x7f ? "'" + (char) b + "'" : "byte " + (b & 0xff);
    return bad("the body is not valid JSON: " + found + " at offset " + at + " is unexpected");
  }

  private static final class EnvelopeFields implements Fields {
    private @Nullable String key;
    private byte @Nullable [] value;
    private @Nullable String encoding;
    private @Nullable String contentType;
    private @Nullable String context;
    private boolean expires;

    @Override
    public void field(String name, JsonValue given) {
      switch (name) {
        case "key" -> key = given.string(name);
        case "value" -> value = given.bytes();
        case "encoding" -> encoding = given.string(name);
        case "contentType" -> contentType = given.string(name);
        case "context" -> context = given.string(name);
        case "ttlSeconds" -> expires = true;
        default -> throw RequestRejected.unknown(ProblemKind.BAD_BODY, "field", name);
      }
    }

    Envelope envelope() {
      return new Envelope(key, value, encoding, contentType, context, expires);
    }
  }
}
