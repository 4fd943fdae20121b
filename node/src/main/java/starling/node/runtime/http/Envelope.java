package starling.node.runtime.http;

import org.jspecify.annotations.Nullable;

/**
 * The JSON body of a write, parsed but not yet checked against the route.
 *
 * @param key the key, if the body names it
 * @param value the exact text of the value, or null where there is none
 * @param encoding {@code base64}, or null for a JSON value
 * @param contentType the type of bytes, or null
 * @param context the causal context, or null
 * @param expires whether {@code ttlSeconds} is there
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Envelope(
    @Nullable String key,
    byte @Nullable [] value,
    @Nullable String encoding,
    @Nullable String contentType,
    @Nullable String context,
    boolean expires) {
  static final Envelope EMPTY = new Envelope(null, null, null, null, null, false);
}
