package starling.node.storage;

import org.jspecify.annotations.Nullable;

/**
 * Bytes of the log that were written once and cannot be trusted any more. They stay where they are,
 * are never served and never cut; what they held must come back from other replicas.
 *
 * @param partition of the damaged record, or {@link #UNKNOWN_PARTITION} when its head is damaged
 *     too: then any partition may lack something
 * @param key of the damaged record, where its head could still be trusted
 */
public record SetAside(
    long segment, long offset, long length, int partition, @Nullable Key key, String reason) {
  public static final int UNKNOWN_PARTITION = -1;
}
