package starling.node.runtime.http;

import com.google.common.hash.HashCode;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import starling.node.request.Condition;
import starling.node.version.Content;
import starling.node.version.IdempotencyKey;
import starling.wire.HeaderNames;
import starling.wire.ProblemKind;

/**
 * The header with the idempotency key of a write, which lets a client retry it. The key is scoped
 * to bucket, key and method; the rest of the write must be the same each time, except the options
 * of its quorum.
 */
final class IdempotencyHeader {
  private static final int MAX_CHARACTERS = 128;
  private static final String FIRST = "first";

  private IdempotencyHeader() {}

  /** Rejects a request whose headers about its attempts are wrong, before its body is read. */
  static void check(HttpExchange exchange) {
    if (!firstAttempt(exchange)) {
      var unused = of(exchange);
    }
  }

  /** The idempotency key as sent, or null. */
  private static @Nullable String of(HttpExchange exchange) {
    List<String> lines = exchange.headers(HeaderNames.IDEMPOTENCY_KEY);
    if (lines.isEmpty()) {
      return null;
    }
    String name = lines.get(0).strip();
    if (lines.size() > 1 || !valid(name)) {
      throw new RequestRejected(
          ProblemKind.BAD_REQUEST,
          HeaderNames.IDEMPOTENCY_KEY,
          "an Idempotency-Key is one header of 1 to "
              + MAX_CHARACTERS
              + " visible ASCII characters");
    }
    return name;
  }

  /** Whether the request says that no earlier one carried its idempotency key. */
  static boolean firstAttempt(HttpExchange exchange) {
    List<String> lines = exchange.headers(HeaderNames.ATTEMPT);
    if (lines.isEmpty()) {
      return false;
    }
    if (lines.size() > 1 || !lines.get(0).strip().equals(FIRST)) {
      throw new RequestRejected(
          ProblemKind.BAD_REQUEST,
          HeaderNames.ATTEMPT,
          HeaderNames.ATTEMPT + " is one header with the value " + FIRST);
    }
    if (of(exchange) == null) {
      throw new RequestRejected(
          ProblemKind.BAD_REQUEST,
          HeaderNames.ATTEMPT,
          HeaderNames.ATTEMPT + " needs an Idempotency-Key, which this request lacks");
    }
    return true;
  }

  /** Whether an idempotency key may be this text. */
  static boolean valid(String name) {
    return !name.isEmpty()
        && name.length() <= MAX_CHARACTERS
        && name.chars().allMatch(c -> c > ' ' && c < 0x7f);
  }

  /** The hashes of the idempotency key and of the write that nodes store. */
  static @Nullable IdempotencyKey key(
      HttpExchange exchange,
      StoreKey key,
      Content content,
      @Nullable String context,
      Condition condition) {
    String name = of(exchange);
    return name == null ? null : key(name, exchange.verb(), key, content, context, condition);
  }

  /** The same of an idempotency key that is no header; its write is that of a single request. */
  static IdempotencyKey key(
      String name,
      ApiMethod verb,
      StoreKey key,
      Content content,
      @Nullable String context,
      Condition condition) {
    // A key's set holds its idempotency records, so bucket and key need not be in the hash. They
    // are, so that no two writes of a store share a hash.
    Hasher named = Hashing.sha256().newHasher();
    text(named, verb.name());
    text(named, key.bucket());
    bytes(named, key.bytes());
    text(named, name);
    ByteBuffer hash = buffer(named.hash());
    Hasher asked = Hashing.sha256().newHasher();
    text(asked, content.kind().name());
    text(asked, content.contentType());
    asked.putLong(content.expiresAtMillis());
    bytes(asked, content.bytes());
    text(asked, context);
    text(asked, words(condition));
    return new IdempotencyKey(hash.getLong(), hash.getLong(), buffer(asked.hash()).getLong());
  }

  private static String words(Condition condition) {
    return condition instanceof Condition.Matches matches
        ? "matches " + matches.hashes().stream().sorted().toList()
        : condition.getClass().getSimpleName();
  }

  private static ByteBuffer buffer(HashCode hash) {
    return ByteBuffer.wrap(hash.asBytes());
  }

  private static void text(Hasher into, @Nullable String text) {
    into.putBoolean(text != null);
    if (text != null) {
      bytes(into, text.getBytes(StandardCharsets.UTF_8));
    }
  }

  private static void bytes(Hasher into, byte[] bytes) {
    into.putInt(bytes.length).putBytes(bytes);
  }
}
