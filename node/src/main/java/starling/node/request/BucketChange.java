package starling.node.request;

import org.jspecify.annotations.Nullable;
import starling.node.storage.Durability;

/** New properties of a bucket; null leaves a property as it is. */
public record BucketChange(
    @Nullable Integer n,
    @Nullable Quorum r,
    @Nullable Quorum w,
    @Nullable Quorum pr,
    @Nullable Quorum pw,
    @Nullable Durability durability,
    @Nullable Integer timeoutMillis,
    BucketProperties.@Nullable Conflict conflict) {

  /** The properties after the change. */
  public BucketProperties apply(BucketProperties before) {
    return new BucketProperties(
        n == null ? before.n() : n,
        r == null ? before.r() : r,
        w == null ? before.w() : w,
        pr == null ? before.pr() : pr,
        pw == null ? before.pw() : pw,
        durability == null ? before.durability() : durability,
        timeoutMillis == null ? before.timeoutMillis() : timeoutMillis,
        conflict == null ? before.conflict() : conflict,
        before.creation());
  }
}
