package starling.client;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Options of single calls. A call takes them as a lambda: {@code o -> o.ifAbsent()}. */
public final class Options {
  private static final int MAX_KEY_LENGTH = 128;

  private Options() {}

  /** The key, if it can be an idempotency key. */
  static String requireKey(String key) {
    if (key.isEmpty() || key.length() > MAX_KEY_LENGTH || !Text.visible(key)) {
      throw InvalidRequestException.before(
          "idempotencyKey", "an idempotency key has 1 to 128 visible ASCII characters");
    }
    return key;
  }

  /** Options of a read. */
  public static final class Get {
    @Nullable Context covering;

    Get() {}

    /**
     * The read answers with a state that has seen this, or fails with {@link BehindException}.
     *
     * @see Written#context()
     */
    public Get covering(Context context) {
      covering = context;
      return this;
    }
  }

  /** Options of a write; {@code delete} takes {@code ifMatch} and {@code idempotencyKey} only. */
  public static final class Put {
    private static final long MAX_TTL_SECONDS = 315_360_000;

    @Nullable Etag ifMatch;
    boolean ifAbsent;
    @Nullable String idempotencyKey;
    @Nullable String contentType;
    long ttlSeconds;
    @Nullable Context replacing;

    Put() {}

    /** The value expires after this time: whole seconds, from 1 s to 10 years. */
    public Put ttl(Duration ttl) {
      if (ttl.getNano() != 0 || ttl.getSeconds() < 1 || ttl.getSeconds() > MAX_TTL_SECONDS) {
        throw InvalidRequestException.before(
            "ttl", "a time to live is a whole number of seconds from 1 s to 10 years, not " + ttl);
      }
      ttlSeconds = ttl.getSeconds();
      return this;
    }

    /** Only if nothing is stored; else {@link ConditionFailedException}. */
    public Put ifAbsent() {
      ifAbsent = true;
      return this;
    }

    /** Only if this is what is stored; else {@link ConditionFailedException}. */
    public Put ifMatch(Etag etag) {
      ifMatch = etag;
      return this;
    }

    /**
     * The program's own id of the write, 1 to 128 visible ASCII characters: the cluster makes the
     * write once, however often calls with this id are repeated within 10 minutes.
     */
    public Put idempotencyKey(String key) {
      idempotencyKey = requireKey(key);
      return this;
    }

    /** The media type, in place of the codec's. A JSON value stays JSON. */
    public Put contentType(String type) {
      contentType = type;
      return this;
    }

    /** The write replaces exactly what this context has seen. */
    public Put replacing(Context context) {
      replacing = context;
      return this;
    }
  }
}
