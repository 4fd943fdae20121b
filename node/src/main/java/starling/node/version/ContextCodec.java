package starling.node.version;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Contexts as clients carry them: opaque, compact, and authenticated together with the cluster, the
 * bucket, its creation and the key they belong to, so that a client can neither make one up nor use
 * one elsewhere. The empty string is the context that has seen nothing.
 *
 * <p>One owner thread: its {@link Mac} objects are kept and used again, because making one costs
 * more than using it.
 *
 * <pre>
 * base64url without padding, at most 2048 characters, of:
 * 02              format 2
 * 00 00 00 09     id of the key it is signed with
 * ...             the past and the idempotency records, as {@link ContextPacking} has them
 * 16 bytes        the first half of HMAC-SHA256 over: "starling context", the scope (16 bytes
 *                 cluster, bucket and key with their lengths, 8 bytes creation), all bytes above
 * </pre>
 */
public final class ContextCodec {
  /** The longest context. */
  public static final int MAX_CHARACTERS = 2048;

  private static final int FORMAT = 2;
  private static final int TAG_BYTES = 16;
  private static final int MAX_BYTES = MAX_CHARACTERS / 4 * 3;
  private static final int MIN_BYTES = 1 + 4 + 1 + TAG_BYTES;
  private static final byte[] LABEL = "starling context".getBytes(StandardCharsets.US_ASCII);

  private ContextKeys keys;

  /** One for each key in use; emptied when the ring changes, so it is as small as the ring. */
  private final Map<Integer, Mac> macs = new LinkedHashMap<>();

  private final BinaryWriter body = new BinaryWriter(256);
  private final BinaryWriter signed = new BinaryWriter(512);

  public ContextCodec(ContextKeys keys) {
    this.keys = keys;
  }

  public ContextKeys keys() {
    return keys;
  }

  /** The ring has changed. */
  public void keys(ContextKeys changed) {
    keys = changed;
    macs.clear();
  }

  /** The context of a reader of this set. */
  public String encode(Siblings shown, ContextScope scope, long nowMillis) {
    return encode(Context.of(shown), shown.dots(), scope, nowMillis);
  }

  /**
   * A context with this content, or with less if it does not fit: first without its idempotency
   * records, then reduced by {@link ContextCut}.
   *
   * @param standing dots of the present siblings, the last that may be left out
   * @param nowMillis wall time, to choose the key
   * @throws IllegalStateException if there is no key to sign with
   */
  public String encode(Context context, List<Dot> standing, ContextScope scope, long nowMillis) {
    Past past = context.past();
    if (past.isEmpty()) {
      return "";
    }
    ContextKey key = keys.signing(nowMillis);
    pack(key, context);
    if (body.size() + TAG_BYTES > MAX_BYTES) {
      pack(key, Context.of(past));
    }
    int most = past.vector().size() + past.dots().size();
    while (body.size() + TAG_BYTES > MAX_BYTES) {
      // Packed sizes are nearly even, so the first guess is nearly right and few tries follow.
      most = Math.min(most - 1, (int) ((long) most * (MAX_BYTES - TAG_BYTES) / body.size()));
      pack(key, Context.of(ContextCut.mostWorth(past, standing, most)));
    }
    byte[] tag = tag(key, scope, body.array(), body.size());
    body.raw(tag, 0, TAG_BYTES);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(body.toBytes());
  }

  private void pack(ContextKey key, Context context) {
    body.clear();
    body.u8(FORMAT).i32(key.id());
    ContextPacking.write(body, context);
  }

  /** The content of a client's context, if this cluster issued it for this key. */
  public DecodedContext decode(String context, ContextScope scope) {
    if (context.isEmpty()) {
      return new DecodedContext.Ok(Context.EMPTY);
    }
    if (context.length() > MAX_CHARACTERS) {
      return new DecodedContext.Invalid(
          "a context has at most " + MAX_CHARACTERS + " characters, not " + context.length());
    }
    byte[] bytes = unbase64(context);
    if (bytes == null || bytes.length < MIN_BYTES) {
      return new DecodedContext.Invalid("this is not a context");
    }
    BinaryReader in = new BinaryReader(bytes);
    int format = in.u8("the format of a context");
    if (format != FORMAT) {
      return new DecodedContext.Invalid("a context of the unknown format " + format);
    }
    int keyId = in.i32("the key of a context");
    ContextKey key = keys.key(keyId);
    if (key == null) {
      return new DecodedContext.UnknownKey(keyId);
    }
    if (!authentic(key, scope, bytes)) {
      return new DecodedContext.Invalid("this context was not issued for this key");
    }
    return unpack(bytes);
  }

  private static byte @Nullable [] unbase64(String context) {
    if (context.indexOf('=') >= 0) {
      return null;
    }
    try {
      return Base64.getUrlDecoder().decode(context);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private boolean authentic(ContextKey key, ContextScope scope, byte[] bytes) {
    int signedBytes = bytes.length - TAG_BYTES;
    byte[] full = tag(key, scope, bytes, signedBytes);
    byte[] expected = Arrays.copyOf(full, TAG_BYTES);
    byte[] shown = Arrays.copyOfRange(bytes, signedBytes, bytes.length);
    return MessageDigest.isEqual(expected, shown);
  }

  private static DecodedContext unpack(byte[] bytes) {
    int header = 1 + 4;
    BinaryReader in =
        new BinaryReader(ByteBuffer.wrap(bytes, header, bytes.length - header - TAG_BYTES));
    try {
      Context said = ContextPacking.read(in);
      in.end("a context");
      return new DecodedContext.Ok(said);
    } catch (MalformedException e) {
      return new DecodedContext.Invalid("this context cannot be read: " + e.getMessage());
    }
  }

  private byte[] tag(ContextKey key, ContextScope scope, byte[] bytes, int count) {
    signed.clear();
    signed.raw(LABEL);
    scope.write(signed);
    signed.raw(bytes, 0, count);
    Mac mac = macs.computeIfAbsent(key.id(), id -> mac(key));
    mac.update(signed.array(), 0, signed.size());
    return mac.doFinal();
  }

  private static Mac mac(ContextKey key) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key.secret(), "HmacSHA256"));
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java runtime has HmacSHA256", e);
    }
  }
}
