package starling.node.request;

import org.jspecify.annotations.Nullable;

/**
 * A read of one key.
 *
 * @param requestId the id the request carries through every log
 * @param context a context the answer must cover, or null
 */
public record ReadRequest(
    String requestId, String bucket, byte[] key, @Nullable String context, RequestOptions options)
    implements ClientRequest {}
