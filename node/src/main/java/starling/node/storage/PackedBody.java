package starling.node.storage;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import org.jspecify.annotations.Nullable;

/**
 * The compressed body of a record: u32 bytes of the set, then a block of the compression that the
 * record's flags name. A body is compressed only if it gets clearly smaller. A block that cannot be
 * unpacked is never served, even if its checksum matches.
 */
final class PackedBody {
  static final int LZ4 = 1;
  static final int ZSTD = 2;

  private static final int MIN_BYTES = 256;
  private static final double WORTH_IT = 0.88;
  private static final int ZSTD_LEVEL = 1;
  private static final int HEAD_BYTES = 4;

  private PackedBody() {}

  /** The record flag of a compression. */
  static int flag(Compression compression) {
    return switch (compression) {
      case NONE -> 0;
      case LZ4 -> LZ4;
      case ZSTD -> ZSTD;
    };
  }

  /** The packed body, or {@code null} if that would not save enough. */
  static byte @Nullable [] pack(Compression compression, byte[] set) {
    if (compression == Compression.NONE || set.length < MIN_BYTES) {
      return null;
    }
    byte[] block =
        compression == Compression.LZ4
            ? LZ4Factory.fastestInstance().fastCompressor().compress(set)
            : Zstd.compress(set, ZSTD_LEVEL);
    if (HEAD_BYTES + block.length > WORTH_IT * set.length) {
      return null;
    }
    byte[] body = new byte[HEAD_BYTES + block.length];
    ByteBuffer.wrap(body).putInt(set.length).put(block);
    return body;
  }

  /**
   * The set of a body.
   *
   * @param mostBytes that a set may have
   * @throws IOException if it is not a packed body
   */
  static byte[] unpack(int flags, byte[] body, int mostBytes) throws IOException {
    int how = flags & RecordLayout.COMPRESSED;
    if (how == 0) {
      return body;
    }
    int bytes = body.length < HEAD_BYTES ? -1 : ByteBuffer.wrap(body).getInt();
    if (bytes < 0 || bytes > mostBytes || how == RecordLayout.COMPRESSED) {
      throw new IOException(
          "the packed body has an invalid length or compression: "
              + bytes
              + " bytes, flags "
              + flags);
    }
    byte[] set = new byte[bytes];
    try {
      int unpacked = how == LZ4 ? unpackLz4(body, set) : unpackZstd(body, set);
      if (unpacked != bytes) {
        throw new IOException(
            "the packed body unpacks to " + unpacked + " bytes instead of " + bytes);
      }
    } catch (LZ4Exception | ZstdException e) {
      throw new IOException("the packed body cannot be unpacked", e);
    }
    return set;
  }

  private static int unpackLz4(byte[] body, byte[] set) {
    return LZ4Factory.fastestInstance()
        .safeDecompressor()
        .decompress(body, HEAD_BYTES, body.length - HEAD_BYTES, set, 0, set.length);
  }

  private static int unpackZstd(byte[] body, byte[] set) {
    byte[] block = Arrays.copyOfRange(body, HEAD_BYTES, body.length);
    return (int) Zstd.decompressByteArray(set, 0, set.length, block, 0, block.length);
  }
}
