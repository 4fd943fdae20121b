package starling.gossip.detector;

import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/**
 * Sizes of clusters in tests: small ones in every build, 500 and 1,000 with {@code
 * -Dstarling.gossip.long=true}.
 */
final class Sizes {
  static final boolean LONG = Boolean.getBoolean("starling.gossip.long");

  /** One size instead of all of them: {@code -Dstarling.gossip.size=500}. */
  private static final int ONE = Integer.getInteger("starling.gossip.size", 0);

  private Sizes() {}

  static IntStream all() {
    if (ONE > 0) {
      return IntStream.of(ONE);
    }
    return LONG ? IntStream.of(5, 50, 500, 1_000) : IntStream.of(5, 50);
  }

  /** Each size with both forms of SWIM. */
  static Stream<Arguments> ofSwim() {
    return all()
        .boxed()
        .flatMap(
            size ->
                Stream.of(
                    Arguments.of(Strategy.PLAIN_SWIM, size),
                    Arguments.of(Strategy.LIFEGUARD, size)));
  }
}
