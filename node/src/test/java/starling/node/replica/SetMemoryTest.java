package starling.node.replica;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import starling.node.version.Actor;
import starling.node.version.Content;
import starling.node.version.Dot;
import starling.node.version.Past;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;
import starling.node.version.Version;

/** What a large set costs on its way through a node: it is copied where it must be, and once. */
class SetMemoryTest {
  private static final int SIDES = 5;
  private static final int VALUE_BYTES = 1 << 20;
  private static final long SET_BYTES = (long) SIDES * VALUE_BYTES;
  private static final long BESIDE = 128 << 10;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final Siblings SET = set();

  private static Siblings set() {
    Siblings set = Siblings.EMPTY;
    for (int i = 0; i < SIDES; i++) {
      byte[] value = new byte[VALUE_BYTES];
      new Random(i).nextBytes(value);
      Version version = new Version(new Dot(new Actor(i, i), 9), Content.bytes(value, null, 0));
      set = set.join(Siblings.EMPTY.write(Past.EMPTY, version));
    }
    return set;
  }

  /** Bytes that a piece of work allocates, when it runs for the second time. */
  private static <T> long allocated(Supplier<T> work) {
    T unused = work.get();
    long before = THREADS.getCurrentThreadAllocatedBytes();
    unused = work.get();
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }

  @Test
  void aSetIsEncodedIntoOneArrayAndNoOther() {
    assertThat(allocated(() -> SiblingsCodec.encode(SET))).isBetween(SET_BYTES, SET_BYTES + BESIDE);
    StoredValue debt = new StoredValue(SET, Hint.NONE, Hint.of(new UUID(1, 2), 3));
    assertThat(allocated(debt::encode)).isBetween(SET_BYTES, SET_BYTES + BESIDE);
  }

  @Test
  void aDecodedSetIsAPartOfWhatItWasDecodedFrom() {
    byte[] encoded = SiblingsCodec.encode(SET);
    assertThat(allocated(() -> SiblingsCodec.decode(encoded))).isLessThan(BESIDE);
    assertThat(SiblingsCodec.decode(encoded)).isEqualTo(SET);
    byte[] hint = new StoredValue(SET, Hint.of(new UUID(1, 2), 3)).encode();
    assertThat(allocated(() -> StoredValue.decode(hint))).isLessThan(BESIDE);
    assertThat(StoredValue.decode(hint).set()).isEqualTo(SET);
  }

  /** Or a small value would hold the message that brought it, and five sides five messages. */
  @Test
  void aMergedSetHoldsOnlyItsOwnBytes() {
    List<byte[]> came = new ArrayList<>();
    Siblings joined = Siblings.EMPTY;
    for (Version version : SET.versions()) {
      byte[] message = SiblingsCodec.encode(Siblings.EMPTY.write(Past.EMPTY, version));
      came.add(message);
      joined = joined.join(SiblingsCodec.decode(message));
    }
    StoredValue kept = new StoredValue(joined, Hint.NONE, Hint.of(new UUID(1, 2), 3));
    byte[] encoded = kept.encode();
    StoredValue[] within = {kept};
    assertThat(allocated(() -> within[0] = kept.within(encoded))).isLessThan(BESIDE);
    came.forEach(message -> Arrays.fill(message, (byte) 0));
    assertThat(within[0].set()).isEqualTo(SET);
    assertThat(within[0].set().hash()).isEqualTo(SET.hash());
    assertThat(within[0].debt()).isEqualTo(kept.debt());
    assertThat(within[0].set().versions().get(0).content().bytes())
        .isEqualTo(SET.versions().get(0).content().bytes());
  }
}
