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

/**
 * What the store remembers between its opens: whether it was closed cleanly, under which boot it
 * ran, whether it acknowledged writes before their fsync, a segment that must exist, and the
 * corrupt ranges. Saved as the metadata {@link #NAME}.
 *
 * <pre>
 * u8 format version, 3 | u8 clean | u8 acknowledged before fsync | u8 loss not yet handled
 * u16 + UTF-8 boot id | u64 known segment
 * u32 count, then per range that was handled: u64 segment, u64 offset, u64 length
 * u16 + UTF-8 reason, u8 whether a key follows: u64 position, u16 + UTF-8 bucket, u16 + key
 * u32 count, then the same per range that was not
 * </pre>
 *
 * @param knownSegment the first segment that the process wrote or, after a clean close, its last
 * @param handled corrupt ranges that were reported and handled, with their keys if known; they stay
 *     quarantined
 * @param unhandled corrupt ranges that are not handled yet. Of both the latest {@link #MAX_RANGES}
 *     are saved; with more, any key may be lost, and {@code mayHaveLost} says so
 */
record ShutdownState(
    boolean clean,
    boolean acknowledgedUnsynced,
    boolean mayHaveLost,
    String bootId,
    long knownSegment,
    List<CorruptRange> handled,
    List<CorruptRange> unhandled) {
  static final String NAME = "storage-life";
  static final int MAX_RANGES = 4096;
  private static final byte VERSION = 3;

  /** A range of a segment. */
  record Range(long segment, long offset, long length) {
    static Range of(CorruptRange corrupt) {
      return new Range(corrupt.segment(), corrupt.offset(), corrupt.length());
    }
  }

  ShutdownState {
    mayHaveLost |= handled.size() > MAX_RANGES;
    handled = List.copyOf(last(handled));
    mayHaveLost |= unhandled.size() > MAX_RANGES;
    unhandled = List.copyOf(last(unhandled));
  }

  private static <T> List<T> last(List<T> all) {
    return all.subList(Math.max(0, all.size() - MAX_RANGES), all.size());
  }

  ShutdownState withClean(long lastSegment) {
    return new ShutdownState(
        true, acknowledgedUnsynced, mayHaveLost, bootId, lastSegment, handled, unhandled);
  }

  ShutdownState withAcknowledgedUnsynced() {
    return new ShutdownState(clean, true, mayHaveLost, bootId, knownSegment, handled, unhandled);
  }

  ShutdownState withDamage(List<CorruptRange> nowHandled, List<CorruptRange> nowUnhandled) {
    return new ShutdownState(
        clean, acknowledgedUnsynced, mayHaveLost, bootId, knownSegment, nowHandled, nowUnhandled);
  }

  ShutdownState withLossHandled() {
    return new ShutdownState(
        clean, acknowledgedUnsynced, false, bootId, knownSegment, handled, unhandled);
  }

  /** All corrupt ranges. */
  List<CorruptRange> damage() {
    List<CorruptRange> all = new ArrayList<>(handled);
    all.addAll(unhandled);
    return all;
  }

  byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeBoolean(clean);
      out.writeBoolean(acknowledgedUnsynced);
      out.writeBoolean(mayHaveLost);
      out.writeUTF(bootId);
      out.writeLong(knownSegment);
      write(out, handled);
      write(out, unhandled);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void write(DataOutputStream out, List<CorruptRange> ranges) throws IOException {
    out.writeInt(ranges.size());
    for (CorruptRange range : ranges) {
      out.writeLong(range.segment());
      out.writeLong(range.offset());
      out.writeLong(range.length());
      out.writeUTF(range.reason());
      Key key = range.key();
      out.writeBoolean(key != null);
      if (key != null) {
        out.writeLong(key.position());
        out.writeUTF(key.bucket());
        out.writeShort(key.bytes().length);
        out.write(key.bytes());
      }
    }
  }

  static ShutdownState decode(byte[] bytes) throws IOException {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      byte version = in.readByte();
      if (version != VERSION) {
        throw new StoreRefusedException(
            "metadata "
                + NAME
                + " has version "
                + version
                + ", this release reads "
                + VERSION
                + ": open it with the release that wrote it");
      }
      boolean clean = in.readBoolean();
      boolean acknowledgedUnsynced = in.readBoolean();
      boolean mayHaveLost = in.readBoolean();
      String bootId = in.readUTF();
      long knownSegment = in.readLong();
      List<CorruptRange> handled = ranges(in);
      List<CorruptRange> unhandled = ranges(in);
      return new ShutdownState(
          clean, acknowledgedUnsynced, mayHaveLost, bootId, knownSegment, handled, unhandled);
    }
  }

  private static List<CorruptRange> ranges(DataInputStream in) throws IOException {
    List<CorruptRange> ranges = new ArrayList<>();
    for (int i = in.readInt(); i > 0; i--) {
      long segment = in.readLong();
      long offset = in.readLong();
      long length = in.readLong();
      String reason = in.readUTF();
      ranges.add(
          new CorruptRange(segment, offset, length, in.readBoolean() ? key(in) : null, reason));
    }
    return ranges;
  }

  private static @Nullable Key key(DataInputStream in) throws IOException {
    long position = in.readLong();
    String bucket = in.readUTF();
    return new Key(bucket, in.readNBytes(in.readUnsignedShort()), position);
  }
}
