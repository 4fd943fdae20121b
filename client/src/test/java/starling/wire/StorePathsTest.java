package starling.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Keys in request targets: one encoding for each, and none that is read in two ways. */
class StorePathsTest {
  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void aKeyStandsInThePathUnlessAPartOfItIsAStep() {
    assertThat(StorePaths.key("default", utf8("a/b c"))).isEqualTo("/api/v1/store/a%2Fb%20c");
    assertThat(StorePaths.key("b", utf8("\u00e9"))).isEqualTo("/api/v1/buckets/b/store/%C3%A9");
    assertThat(StorePaths.key("default", utf8(".."))).isEqualTo("/api/v1/store?key64=Li4");
    for (String step : new String[] {".", "..", "a/..", "./a", "a/./b"}) {
      assertThat(StorePaths.fitsPath(step)).as(step).isFalse();
    }
    for (String plain : new String[] {"...", ".a", "a.", "/", "a//b", ""}) {
      assertThat(StorePaths.fitsPath(plain)).as(plain).isTrue();
    }
  }

  @Test
  void whatIsEncodedDecodesToItself() {
    SplittableRandom random = new SplittableRandom(20);
    for (int i = 0; i < 1_000; i++) {
      byte[] bytes = new byte[random.nextInt(40)];
      random.nextBytes(bytes);
      String text = Percent.encode(bytes);
      assertThat(text).matches("[A-Za-z0-9._~%-]*");
      assertThat(Percent.decode(text, 0, text.length(), false)).isEqualTo(bytes);
      assertThat(Percent.decode(text, 0, text.length(), true)).isEqualTo(bytes);
    }
  }

  @Test
  void plusIsASpaceOnlyWhereItIsSaid() {
    assertThat(Percent.decode("a+b", 0, 3, false)).isEqualTo(utf8("a+b"));
    assertThat(Percent.decode("a+b", 0, 3, true)).isEqualTo(utf8("a b"));
    assertThat(Percent.decode("%2B", 0, 3, true)).isEqualTo(utf8("+"));
  }

  @Test
  void brokenEncodingIsRefused() {
    for (String text :
        new String[] {"%", "%a", "%zz", "%+1", "a b", "\n", "\u0100", "%\uff11\uff11"}) {
      assertThatIllegalArgumentException()
          .as(text)
          .isThrownBy(() -> Percent.decode(text, 0, text.length(), false));
    }
  }

  @Test
  void aBucketNameIsShortAndPlain() {
    for (String good : new String[] {"a", "A-z_0.9", "...", "b".repeat(64)}) {
      assertThat(BucketNames.valid(good)).as(good).isTrue();
    }
    for (String bad : new String[] {"", ".", "..", "a b", "a/b", "\u00e9", "b".repeat(65)}) {
      assertThat(BucketNames.valid(bad)).as(bad).isFalse();
    }
  }

  @Test
  void everyKindOfProblemHasItsOwnType() {
    assertThat(ProblemKind.values()).extracting(ProblemKind::type).doesNotHaveDuplicates();
    assertThat(ProblemKind.TOO_MANY_SIBLINGS.type())
        .isEqualTo("urn:starling:problem:too-many-siblings");
    assertThat(ProblemKind.TOO_MANY_SIBLINGS.message()).isEqualTo("too many siblings");
  }
}
