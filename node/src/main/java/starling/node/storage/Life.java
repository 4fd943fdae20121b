package starling.node.storage;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * What a life of the store, from open to close, leaves for the next one: whether it ended cleanly,
 * under which boot it ran, whether it acknowledged writes before their fsync, a segment that must
 * be there, and what of earlier findings is handled. Saved as the metadata {@link #NAME}.
 *
 * <pre>
 * u8 format version, 1 | u8 clean | u8 acknowledged before fsync | u8 loss not yet handled
 * u16 + UTF-8 boot id | u64 known segment | u32 count, then per range handled before:
 * u64 segment, u64 offset, u64 length
 * </pre>
 *
 * @param knownSegment the first segment of the life or, after a clean end, its last
 * @param handled damaged ranges that were reported and handled, at most {@link #MAX_HANDLED}; those
 *     beyond are simply reported again
 */
record Life(
    boolean clean,
    boolean acknowledgedUnsynced,
    boolean mayHaveLost,
    String bootId,
    long knownSegment,
    List<Range> handled) {
  static final String NAME = "storage-life";
  static final int MAX_HANDLED = 4096;
  private static final byte VERSION = 1;

  /** A stretch of a segment. */
  record Range(long segment, long offset, long length) {
    static Range of(SetAside setAside) {
      return new Range(setAside.segment(), setAside.offset(), setAside.length());
    }
  }

  Life {
    handled = List.copyOf(handled.size() > MAX_HANDLED ? handled.subList(0, MAX_HANDLED) : handled);
  }

  Life withClean(long lastSegment) {
    return new Life(true, acknowledgedUnsynced, mayHaveLost, bootId, lastSegment, handled);
  }

  Life withAcknowledgedUnsynced() {
    return new Life(clean, true, mayHaveLost, bootId, knownSegment, handled);
  }

  Life withHandled(List<Range> ranges) {
    return new Life(clean, acknowledgedUnsynced, false, bootId, knownSegment, ranges);
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
      out.writeInt(handled.size());
      for (Range range : handled) {
        out.writeLong(range.segment());
        out.writeLong(range.offset());
        out.writeLong(range.length());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static Life decode(byte[] bytes) throws IOException {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      byte version = in.readByte();
      if (version != VERSION) {
        throw new StoreRefusedException(
            "metadata " + NAME + " has version " + version + ", this program reads " + VERSION);
      }
      boolean clean = in.readBoolean();
      boolean acknowledgedUnsynced = in.readBoolean();
      boolean mayHaveLost = in.readBoolean();
      String bootId = in.readUTF();
      long knownSegment = in.readLong();
      Range[] handled = new Range[Math.min(in.readInt(), MAX_HANDLED)];
      for (int i = 0; i < handled.length; i++) {
        handled[i] = new Range(in.readLong(), in.readLong(), in.readLong());
      }
      return new Life(
          clean, acknowledgedUnsynced, mayHaveLost, bootId, knownSegment, List.of(handled));
    }
  }
}
