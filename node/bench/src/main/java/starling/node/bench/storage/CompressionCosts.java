package starling.node.bench.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/**
 * What compressing single values would cost and save, by kind and size of value: lz4's fast
 * compressor and zstd at level 3, one value at a time as records are. Only the codecs are measured,
 * warm, on one thread, their contexts used again and again; nothing is stored.
 */
final class CompressionCosts {
  private static final int[] SIZES = {256, 1024, 16 << 10, 256 << 10};
  private static final int SAMPLES = 64;
  private static final int ZSTD_LEVEL = 3;
  private static final String[] NAMES = {"ada", "grace", "edsger", "barbara", "donald", "leslie"};

  private final long nanosEach;

  CompressionCosts(long nanosEach) {
    this.nanosEach = nanosEach;
  }

  /** What values are made of. */
  enum Content {
    JSON,
    RANDOM
  }

  /**
   * One codec at one kind and size of value.
   *
   * @param left how much of a value is left, 1 being all of it
   */
  record Costs(
      String codec,
      Content content,
      int bytes,
      double left,
      double compressMicros,
      double decompressMicros) {}

  private interface Codec {
    byte[] compress(byte[] raw);

    byte[] decompress(byte[] compressed, int rawBytes);
  }

  List<Costs> run() {
    List<Costs> all = new ArrayList<>();
    for (Content content : Content.values()) {
      for (int bytes : SIZES) {
        byte[][] values = values(content, bytes);
        all.add(measure("lz4", lz4(), content, values));
        all.add(measure("zstd", zstd(), content, values));
      }
    }
    all.forEach(System.out::println);
    return all;
  }

  private Costs measure(String name, Codec codec, Content content, byte[][] values) {
    int bytes = values[0].length;
    byte[][] compressed = new byte[SAMPLES][];
    long sum = 0;
    for (int i = 0; i < SAMPLES; i++) {
      compressed[i] = codec.compress(values[i]);
      sum += compressed[i].length;
    }
    Runnable compress =
        () -> {
          for (byte[] value : values) {
            codec.compress(value);
          }
        };
    Runnable decompress =
        () -> {
          for (byte[] each : compressed) {
            codec.decompress(each, bytes);
          }
        };
    return new Costs(
        name,
        content,
        bytes,
        sum / (double) SAMPLES / bytes,
        microsEach(compress),
        microsEach(decompress));
  }

  /** Once to warm up, once to measure. */
  private double microsEach(Runnable samples) {
    double micros = 0;
    for (int pass = 0; pass < 2; pass++) {
      long begun = System.nanoTime();
      long rounds = 0;
      while (System.nanoTime() - begun < nanosEach) {
        samples.run();
        rounds++;
      }
      micros = (System.nanoTime() - begun) / 1e3 / SAMPLES / Math.max(1, rounds);
    }
    return micros;
  }

  private static byte[][] values(Content content, int bytes) {
    SplittableRandom random = new SplittableRandom(bytes);
    byte[][] values = new byte[SAMPLES][];
    for (int i = 0; i < SAMPLES; i++) {
      values[i] = new byte[bytes];
      if (content == Content.RANDOM) {
        random.nextBytes(values[i]);
      } else {
        System.arraycopy(json(bytes, random), 0, values[i], 0, bytes);
      }
    }
    return values;
  }

  /** Text as services keep it: the same field names again and again around values that differ. */
  private static byte[] json(int bytes, SplittableRandom random) {
    StringBuilder text = new StringBuilder("{\"events\":[");
    while (text.length() < bytes) {
      text.append("{\"user\":\"").append(NAMES[random.nextInt(NAMES.length)]);
      text.append("\",\"at\":").append(1_700_000_000_000L + random.nextInt(1 << 30));
      text.append(",\"session\":\"").append(Long.toHexString(random.nextLong()));
      text.append("\",\"amount\":").append(random.nextInt(100_000)).append(",\"paid\":");
      text.append(random.nextBoolean()).append("},");
    }
    return text.toString().getBytes(UTF_8);
  }

  private static Codec lz4() {
    LZ4Factory factory = LZ4Factory.fastestInstance();
    LZ4SafeDecompressor decompressor = factory.safeDecompressor();
    return new Codec() {
      @Override
      public byte[] compress(byte[] raw) {
        return factory.fastCompressor().compress(raw);
      }

      @Override
      public byte[] decompress(byte[] compressed, int rawBytes) {
        return decompressor.decompress(compressed, rawBytes);
      }
    };
  }

  private static Codec zstd() {
    ZstdCompressCtx compress = new ZstdCompressCtx().setLevel(ZSTD_LEVEL);
    ZstdDecompressCtx decompress = new ZstdDecompressCtx();
    return new Codec() {
      @Override
      public byte[] compress(byte[] raw) {
        return compress.compress(raw);
      }

      @Override
      public byte[] decompress(byte[] compressed, int rawBytes) {
        return decompress.decompress(compressed, rawBytes);
      }
    };
  }
}
