package starling.sim;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What happened and when, as one SHA-256 over all lines. Two runs with equal hashes did the same
 * things at the same times. The text itself goes to a sink only when someone wants to read it.
 */
public final class Trace {
  private final MessageDigest digest;
  private final ByteBuffer time = ByteBuffer.allocate(Long.BYTES);
  private long lines;
  private @Nullable Consumer<String> sink;

  Trace() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException everyJavaHasIt) {
      throw new IllegalStateException(everyJavaHasIt);
    }
  }

  /** Also hands every line from now on to {@code sink}, for reading. */
  public void tellTo(Consumer<String> sink) {
    this.sink = sink;
  }

  void add(long nowNanos, String line) {
    lines++;
    digest.update(time.putLong(0, nowNanos).array());
    digest.update(line.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) '\n');
    if (sink != null) {
      sink.accept(nowNanos / 1_000_000 + "." + (nowNanos / 1_000 % 1_000) + "ms " + line);
    }
  }

  public long lines() {
    return lines;
  }

  /** The hash of all lines so far, in hex. */
  public String hash() {
    try {
      return HexFormat.of().formatHex(((MessageDigest) digest.clone()).digest());
    } catch (CloneNotSupportedException ofOtherProviders) {
      throw new IllegalStateException(ofOtherProviders);
    }
  }
}
