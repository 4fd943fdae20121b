package starling.node.topology;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import starling.node.version.MalformedException;

/**
 * The records that a node knows, from number 1 without a gap, and the ring that follows from them.
 * Grows at its end only. One owner.
 */
public final class RecordLog {
  private final List<byte[]> records = new ArrayList<>();
  private final List<RecordHash> hashes = new ArrayList<>();
  private RingState state;

  /** The log of a node that knows no record yet. */
  public RecordLog(UUID clusterId) {
    this.state = RingState.unfounded(clusterId);
  }

  /**
   * The log that a node stored.
   *
   * @throws MalformedException if bytes are no record
   * @throws InvalidRecordException if a record does not follow the one before it
   */
  public static RecordLog restore(UUID clusterId, List<byte[]> records) {
    RecordLog log = new RecordLog(clusterId);
    records.forEach(bytes -> log.append(RingRecord.decode(bytes)));
    return log;
  }

  /**
   * Adds the next record.
   *
   * @throws InvalidRecordException if it does not follow; the log is as it was
   */
  public void append(RingRecord record) {
    byte[] bytes = record.encode();
    RecordHash hash = RecordHash.of(bytes);
    state = state.apply(record, hash);
    records.add(bytes);
    hashes.add(hash);
  }

  /** The ring after the last record. */
  public RingState state() {
    return state;
  }

  /** The number of the last record; 0 if there is none. */
  public long last() {
    return records.size();
  }

  /** The hash of a record from 1 to {@link #last()}. */
  public RecordHash hash(long number) {
    return hashes.get(index(number));
  }

  /** A record from 1 to {@link #last()}. */
  public RingRecord record(long number) {
    return RingRecord.decode(records.get(index(number)));
  }

  /**
   * The records that follow a number, one at least if there is one, and no more than fit.
   *
   * @param maxBytes of all together, unless the first is longer
   */
  public List<RingRecord> after(long number, long maxBytes) {
    List<RingRecord> found = new ArrayList<>();
    long bytes = 0;
    for (long next = Math.max(0, number) + 1; next <= last(); next++) {
      bytes += records.get(index(next)).length;
      if (!found.isEmpty() && bytes > maxBytes) {
        break;
      }
      found.add(record(next));
    }
    return found;
  }

  private int index(long number) {
    if (number < 1 || number > last()) {
      throw new IndexOutOfBoundsException("record " + number + " of " + last());
    }
    return (int) number - 1;
  }
}
