package starling.node.storage;

import java.util.List;
import java.util.Set;

/**
 * What {@link LogRecovery} found in the log and the index, from which a store goes on.
 *
 * @param index where the newest record of each key lies
 * @param checkpoint the log position up to which the runs know every record
 * @param checkpointShared the keys that share a fingerprint, as of the checkpoint
 * @param buckets that ever had a key
 * @param secret0 one half of the fingerprints' secret
 * @param secret1 the other half
 * @param nextSegmentId higher than every id that a segment ever had
 * @param nextRunId higher than every id that a run ever had
 * @param lastHot the id of the last hot segment, 0 if there is none
 * @param endOfSegments behind the id of the last segment whose file is there
 * @param end behind the last record, or at the beginning of a later segment that has none yet
 * @param records that were read from the log
 * @param tornBytes of the torn tail that was removed
 * @param corruptRanges that were found
 * @param rebuilt whether the index was rebuilt from the log
 * @param snapshots whether there may be snapshots
 */
record RecoveredLog(
    LiveIndex index,
    long checkpoint,
    List<FingerprintCollisions.Entry> checkpointShared,
    Set<String> buckets,
    long secret0,
    long secret1,
    long nextSegmentId,
    long nextRunId,
    long lastHot,
    long endOfSegments,
    long end,
    long records,
    long tornBytes,
    List<CorruptRange> corruptRanges,
    boolean rebuilt,
    boolean snapshots) {}
