package starling.node.version;

import static org.assertj.core.api.Assertions.assertThat;
import static starling.node.version.Sample.set;
import static starling.node.version.Sample.texts;
import static starling.node.version.Sample.version;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** A set cannot be taken apart. */
class WholeSetsTest {
  @Test
  void noSetIsMadeOutOfPartsByAnythingPublic() {
    assertThat(Siblings.class.getConstructors()).isEmpty();
    Set<String> makers = new TreeSet<>();
    for (Class<?> type : List.of(Siblings.class, SiblingsCodec.class, Past.class)) {
      Arrays.stream(type.getDeclaredMethods())
          .filter(method -> Modifier.isPublic(method.getModifiers()))
          .filter(method -> method.getReturnType() == Siblings.class)
          .map(Method::getName)
          .forEach(makers::add);
    }
    assertThat(makers)
        .containsExactly(
            "decode",
            "join",
            "joinLatest",
            "read",
            "withMark",
            "withMarksOf",
            "within",
            "withoutMarks",
            "write",
            "writeLatest");
  }

  @Test
  void everySetThatIsReadBackEqualsOneThatSomeNodeHeld() {
    for (int seed = 0; seed < 200; seed++) {
      History history = new History(seed, History.Shape.WIDE, Rules.RIGHT);
      history.run();
      for (Siblings held : history.sets()) {
        assertThat(SiblingsCodec.decode(SiblingsCodec.encode(held))).isEqualTo(held);
      }
    }
  }

  @Test
  void oneValueWithTheVectorOfItsSetWouldReplaceWhatItDoesNotBring() {
    Siblings held = set(1, 10, "old").write(Past.EMPTY, version(1, 11, "new"));
    Siblings torn =
        new Siblings(held.versions().subList(1, 2), held.vector(), List.of(), List.of());
    assertThat(texts(set(1, 10, "old").join(torn))).as("the value is gone").containsExactly("new");
    assertThat(texts(set(1, 10, "old").join(held))).containsExactly("new", "old");
  }
}
