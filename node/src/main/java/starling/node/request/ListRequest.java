package starling.node.request;

import org.jspecify.annotations.Nullable;

/**
 * Asks for one page of a bucket's keys, in the order of their positions.
 *
 * @param prefix keys that begin with these bytes; empty for all
 * @param cursor where an earlier page ended, or null for the first
 * @param limit the most keys of the page, at least 1
 * @param values whether the values are wanted too
 * @param timeoutMillis how long the page may take; null: as the bucket says
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ListRequest(
    String requestId,
    String bucket,
    byte[] prefix,
    @Nullable String cursor,
    int limit,
    boolean values,
    @Nullable Integer timeoutMillis) {}
