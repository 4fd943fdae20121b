package starling.node.replica;

import org.jspecify.annotations.Nullable;
import starling.node.coordinator.RequestOptions;

/**
 * A read of one key.
 *
 * @param requestId the id the request carries through every log
 * @param context a context the answer must cover, or null
 */
public record ReadRequest(
    String requestId,
    String bucket,
    byte[] key,
    @Nullable String context,
    RequestOptions options) {}
