package starling.node.runtime.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FrameParserTest {
  private static final class Found implements FrameParser.Sink {
    final List<String> frames = new ArrayList<>();
    final List<Long> badLengths = new ArrayList<>();
    int enough = Integer.MAX_VALUE;

    @Override
    public boolean onFrame(int kind, byte[] payload) {
      frames.add(kind + ":" + Buffer.buffer(payload));
      return frames.size() < enough;
    }

    @Override
    public void onBadLength(long length) {
      badLengths.add(length);
    }
  }

  private static Buffer stream(String... payloads) {
    Buffer stream = Buffer.buffer();
    for (String payload : payloads) {
      Frame.append(stream, Frame.MESSAGE, Buffer.buffer(payload).getBytes());
    }
    return stream;
  }

  @Test
  void framesAreTheSameWhereverTheStreamIsCut() {
    Buffer stream = stream("", "a", "", "bcd", "efghijklmnop");
    for (int first = 0; first <= stream.length(); first++) {
      for (int second = first; second <= stream.length(); second++) {
        Found found = new Found();
        FrameParser parser = new FrameParser(100, found);
        parser.feed(stream.getBuffer(0, first));
        parser.feed(stream.getBuffer(first, second));
        parser.feed(stream.getBuffer(second, stream.length()));
        assertThat(found.frames).containsExactly("4:", "4:a", "4:", "4:bcd", "4:efghijklmnop");
      }
    }
  }

  @Test
  void longFramesAreTheSameInPiecesOfAnySize() {
    long seed = 4711;
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 50; round++) {
      String[] payloads = new String[5];
      for (int i = 0; i < payloads.length; i++) {
        payloads[i] = Character.toString('a' + i).repeat(random.nextInt(40_000));
      }
      Buffer stream = stream(payloads);
      Found found = new Found();
      FrameParser parser = new FrameParser(40_001, found);
      for (int at = 0; at < stream.length(); ) {
        int end = Math.min(stream.length(), at + 1 + random.nextInt(10_000));
        parser.feed(stream.getBuffer(at, end));
        at = end;
      }
      assertThat(found.frames)
          .as("seed %d, round %d", seed, round)
          .containsExactlyElementsOf(List.of(payloads).stream().map(p -> "4:" + p).toList());
    }
  }

  @Test
  void aLengthOutOfBoundsEndsTheStreamWithItsFourthByte() {
    for (long length : new long[] {0, 11, 1L << 31, (1L << 32) - 1}) {
      Found found = new Found();
      FrameParser parser = new FrameParser(10, found);
      parser.feed(Buffer.buffer().appendUnsignedInt(length));
      parser.feed(stream("never"));
      assertThat(found.badLengths).containsExactly(length);
      assertThat(found.frames).isEmpty();
    }
  }

  @Test
  void theBoundHoldsFromTheNextFrameOn() {
    Found found = new Found();
    FrameParser parser = new FrameParser(4, found);
    parser.feed(stream("abc"));
    parser.maxFrameBytes(7);
    parser.feed(stream("abcdef", "abcdefg"));
    assertThat(found.frames).containsExactly("4:abc", "4:abcdef");
    assertThat(found.badLengths).containsExactly(8L);
  }

  @Test
  void nothingIsHandedOverAfterTheSinkHasHadEnough() {
    Found found = new Found();
    found.enough = 2;
    FrameParser parser = new FrameParser(100, found);
    parser.feed(stream("a", "b", "c"));
    parser.feed(stream("d"));
    assertThat(found.frames).containsExactly("4:a", "4:b");
  }
}
