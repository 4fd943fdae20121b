package starling.node.peer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import starling.node.peer.message.Kind;
import starling.node.peer.message.MessageReader;
import starling.node.peer.message.MessageWriter;
import starling.node.peer.message.PeerMessage;
import starling.node.version.HybridClock;
import starling.node.version.MalformedException;

/**
 * Messages between nodes as bytes. They carry sets in the log's own encoding, so a set is encoded
 * once for the disk and all peers. By hand and not by a schema language: the sets are opaque to one
 * anyway, and the rest is a handful of fixed fields.
 *
 * <pre>
 *   06            format of peer messages
 *   02            kind: 00 Fetch, 01 Store, ... in the order of {@link Kind}
 *   019f...       the sender's hybrid clock, 8 bytes big endian
 *   c5 01         call number, varint
 *   ...           the fields of the record in order; numbers as varints, hashes as 8 bytes big
 *                 endian, byte strings and texts with a varint length, flags and enums as one byte
 *   00            of control messages: the length of the extension area, and as many bytes
 * </pre>
 *
 * <p>The clock is no part of a message: the sender enters it where the frame leaves, and the
 * receiver merges it where the frame arrives.
 *
 * <p>A message of another format, or with bytes left over, is rejected with an explanatory error.
 */
public final class PeerCodec {
  public static final int FORMAT = 7;

  private static final byte[] NO_EXTENSIONS = {};

  /** The position of the clock in a frame. */
  private static final int CLOCK_AT = 2;

  /** Enough for the bytes before the fields of a message, and small fields. */
  private static final int HEAD_BYTES = 72;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private PeerCodec() {}

  /** Enters the sender's hybrid clock into a frame that has not left yet. */
  static void enterClock(byte[] frame, long clock) {
    LONGS.set(frame, CLOCK_AT, clock);
  }

  /** The hybrid clock of the sender, in a frame that {@link #decode} has accepted. */
  public static long clock(byte[] frame) {
    return (long) LONGS.get(frame, CLOCK_AT);
  }

  /** The message as a frame whose clock is still to be entered. */
  static byte[] encode(PeerMessage message) {
    return encode(message, true, HEAD_BYTES + message.payloadBytes());
  }

  /** All of a message but the bytes of the set that it ends with. */
  static byte[] encodeHead(PeerMessage message) {
    return encode(message, false, 256);
  }

  private static byte[] encode(PeerMessage message, boolean sets, int expectedBytes) {
    MessageWriter out = new MessageWriter(expectedBytes, sets);
    out.u8(FORMAT);
    out.u8(message.kind().code());
    out.i64(0);
    out.varint(message.call());
    message.writeFields(out);
    if (message.kind().extensible()) {
      out.bytes(NO_EXTENSIONS);
    }
    return out.toBytes();
  }

  /**
   * Reads a message.
   *
   * @throws MalformedException if the bytes are not one whole message of a known format
   */
  public static PeerMessage decode(byte[] frame) {
    return decode(frame, null);
  }

  /**
   * The position of the set that a message ends with, which is then received into an array of its
   * own and decoded without a copy.
   *
   * @param first the first bytes of the message
   * @param length of all of it
   * @return -1 where it ends with no set, or these bytes do not tell yet
   */
  static int tailAt(byte[] first, long length) {
    try {
      MessageReader in = new MessageReader(first, null);
      int format = in.u8("a field");
      Kind kind = Kind.of(in.u8("a field"));
      var unusedClock = in.i64("a clock");
      var unusedCall = in.varint("a number");
      boolean ends = format == FORMAT && kind.skipToSet(in);
      long bytes = ends ? in.varint("a length") : 0;
      return ends && in.position() + bytes == length ? in.position() : -1;
    } catch (MalformedException | IllegalArgumentException e) {
      return -1;
    }
  }

  /**
   * The same of a message whose set has come apart from the rest.
   *
   * @param tail from {@link #tailAt} on; null where the frame is all
   */
  public static PeerMessage decode(byte[] frame, byte @Nullable [] tail) {
    try {
      return decode(new MessageReader(frame, tail));
    } catch (IllegalArgumentException | ArithmeticException e) {
      // Readable, but no valid value of a field.
      throw new MalformedException("a peer message: " + e.getMessage());
    }
  }

  private static PeerMessage decode(MessageReader in) {
    int format = in.u8("a field");
    if (format != FORMAT) {
      throw new MalformedException(
          "a peer message of format " + format + "; this node reads format " + FORMAT);
    }
    Kind kind = Kind.of(in.u8("a field"));
    long clock = in.i64("a clock");
    if (clock < 0 || clock > HybridClock.MAX_COUNTER) {
      throw new MalformedException(
          "a peer message with the clock " + clock + ", which no clock gives");
    }
    PeerMessage message = kind.read(in.varint("a number"), in);
    in.end("a peer message");
    return message;
  }
}
