package starling.node.request;

import org.jspecify.annotations.Nullable;
import starling.node.storage.Durability;

/** What one request asks for itself; null leaves the bucket's property in force. */
public record RequestOptions(
    @Nullable Quorum r,
    @Nullable Quorum w,
    @Nullable Quorum pr,
    @Nullable Quorum pw,
    @Nullable Integer timeoutMillis,
    @Nullable Durability durability) {
  public static final RequestOptions NONE = new RequestOptions(null, null, null, null, null, null);
}
