package starling.node.storage;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import starling.node.storage.index.RunDescription;

/**
 * The files that make the store: the segments that the index refers to, the runs of the index, and
 * the checkpoint. Replaced as a whole, as the metadata {@link #NAME}; files that it does not name
 * are garbage or newer. If it is lost, it is rebuilt from the log.
 *
 * <pre>
 * u8 format version, 1 | u64 checkpoint | u64 first and second half of the fingerprints' secret
 * u64 next segment id | u64 id of the next run
 * u32 segments, each: u64 id, u8 cold, u64 end, u64 dead bytes, u64 lowest sequence number
 * u32 runs, each as a {@link RunDescription} | u32 buckets, each: UTF-8 with u16 bytes before it
 * u32 shared keys, each: bucket, u16 + key, u64 position, u64 location, u32 length, u64 version hash
 * u32 ranges that were dropped and may still be in the runs, each: u64 first, u64 last, u64 end of runs
 * </pre>
 *
 * @param checkpoint the runs hold all hot records before this location
 * @param runs of each group, newest first
 * @param shared as of {@code checkpoint}, like the runs
 * @param drops range tombstones whose entries the runs may still hold
 */
record Manifest(
    long checkpoint,
    long secret0,
    long secret1,
    long nextSegmentId,
    long nextRunId,
    List<SegmentFacts> segments,
    List<RunDescription> runs,
    List<String> buckets,
    List<FingerprintCollisions.Entry> shared,
    List<RangeTombstone> drops) {
  static final String NAME = "manifest";
  private static final byte VERSION = 1;

  /**
   * A sealed segment, or the durable part of a cold one.
   *
   * @param end of its last record
   * @param deadBytes of records that were found to be superseded
   * @param oldest the lowest sequence number in it
   */
  record SegmentFacts(long id, boolean cold, long end, long deadBytes, long oldest) {}

  /**
   * A range tombstone: entries of older runs in this range are void.
   *
   * @param endOfRuns runs with this id or a higher one hold no entry that it hides
   */
  record RangeTombstone(PositionRange range, long endOfRuns) {
    boolean hits(long position, long runId) {
      return runId < endOfRuns && range.contains(position);
    }
  }

  Manifest {
    segments = List.copyOf(segments);
    runs = List.copyOf(runs);
    buckets = List.copyOf(buckets);
    shared = List.copyOf(shared);
    drops = List.copyOf(drops);
  }

  byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeLong(checkpoint);
      out.writeLong(secret0);
      out.writeLong(secret1);
      out.writeLong(nextSegmentId);
      out.writeLong(nextRunId);
      out.writeInt(segments.size());
      for (SegmentFacts segment : segments) {
        out.writeLong(segment.id());
        out.writeBoolean(segment.cold());
        out.writeLong(segment.end());
        out.writeLong(segment.deadBytes());
        out.writeLong(segment.oldest());
      }
      out.writeInt(runs.size());
      for (RunDescription run : runs) {
        run.write(out);
      }
      out.writeInt(buckets.size());
      for (String bucket : buckets) {
        out.writeUTF(bucket);
      }
      out.writeInt(shared.size());
      for (FingerprintCollisions.Entry entry : shared) {
        out.writeUTF(entry.key().bucket());
        out.writeShort(entry.key().bytes().length);
        out.write(entry.key().bytes());
        out.writeLong(entry.key().position());
        out.writeLong(entry.location());
        out.writeInt(entry.length());
        out.writeLong(entry.versionHash());
      }
      out.writeInt(drops.size());
      for (RangeTombstone drop : drops) {
        out.writeLong(drop.range().first());
        out.writeLong(drop.range().last());
        out.writeLong(drop.endOfRuns());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** Returns {@code null} if it is damaged: then the index must be rebuilt. */
  static @Nullable Manifest decode(byte[] bytes) throws StoreRefusedException {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      byte version = in.readByte();
      if (version != VERSION) {
        throw new StoreRefusedException(
            "the manifest has version "
                + version
                + ", this release reads "
                + VERSION
                + ": open it with the release that wrote it");
      }
      long checkpoint = in.readLong();
      long secret0 = in.readLong();
      long secret1 = in.readLong();
      long nextSegmentId = in.readLong();
      long nextRunId = in.readLong();
      List<SegmentFacts> segments = new ArrayList<>();
      for (int i = in.readInt(); i > 0; i--) {
        segments.add(
            new SegmentFacts(
                in.readLong(), in.readBoolean(), in.readLong(), in.readLong(), in.readLong()));
      }
      List<RunDescription> runs = new ArrayList<>();
      for (int i = in.readInt(); i > 0; i--) {
        runs.add(RunDescription.read(in));
      }
      List<String> buckets = new ArrayList<>();
      for (int i = in.readInt(); i > 0; i--) {
        buckets.add(in.readUTF());
      }
      List<FingerprintCollisions.Entry> shared = new ArrayList<>();
      for (int i = in.readInt(); i > 0; i--) {
        String bucket = in.readUTF();
        byte[] key = in.readNBytes(in.readUnsignedShort());
        shared.add(
            new FingerprintCollisions.Entry(
                new Key(bucket, key, in.readLong()), in.readLong(), in.readInt(), in.readLong()));
      }
      List<RangeTombstone> drops = new ArrayList<>();
      for (int i = in.readInt(); i > 0; i--) {
        drops.add(
            new RangeTombstone(new PositionRange(in.readLong(), in.readLong()), in.readLong()));
      }
      return new Manifest(
          checkpoint,
          secret0,
          secret1,
          nextSegmentId,
          nextRunId,
          segments,
          runs,
          buckets,
          shared,
          drops);
    } catch (StoreRefusedException e) {
      throw e;
    } catch (IOException e) {
      return null;
    }
  }
}
