package starling.node.request;

import org.jspecify.annotations.Nullable;
import starling.node.storage.Durability;

/** The options of one request; null means the bucket's property. */
public record RequestOptions(
    @Nullable Quorum r,
    @Nullable Quorum w,
    @Nullable Quorum pr,
    @Nullable Quorum pw,
    @Nullable Integer timeoutMillis,
    @Nullable Durability durability) {
  public static final RequestOptions NONE = new RequestOptions(null, null, null, null, null, null);
}
