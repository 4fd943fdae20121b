package starling.node.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import starling.node.storage.Completion;
import starling.node.storage.Storage;
import starling.node.storage.StorageRecovery;
import starling.node.version.Actor;
import starling.node.version.Actors;
import starling.node.version.Content;
import starling.node.version.Dot;
import starling.node.version.Past;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;
import starling.node.version.Version;
import starling.sim.SplitMix;

class HintsTest {
  private static final int PARTITION = 3;

  private final Hints hints = new Hints(storage(), new Actors(new SplitMix(1)), 1 << 20);

  /** A log that has nothing, and makes everything durable at once. */
  private static Storage storage() {
    return (Storage)
        Proxy.newProxyInstance(
            HintsTest.class.getClassLoader(),
            new Class<?>[] {Storage.class},
            (proxy, method, arguments) -> {
              switch (method.getName()) {
                case "saveMeta" -> ((Completion) arguments[2]).completed(null);
                case "recovery" -> {
                  return new StorageRecovery(true, 0, 0, List.of(), List.of(), false, 0);
                }
                default -> {}
              }
              return null;
            });
  }

  private static Kept hint(String value) {
    Dot dot = new Dot(new Actor(1, 1), 1);
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    Siblings set = Siblings.EMPTY.write(Past.EMPTY, new Version(dot, Content.json(bytes)));
    return new Kept(set, Hint.of(new UUID(1, 1), 1_000));
  }

  private void step(Kept before, Kept after) {
    hints.list(PARTITION, listed -> assertThat(listed).isTrue());
    hints.onChange(PARTITION, before, after);
    hints.onShown(PARTITION, before, after);
  }

  private void walkThroughNothing() {
    hints.walked(hints.walk(PARTITION));
  }

  @Test
  void aWalkThatStoodStillDoesNotCountWhatItSawBefore() {
    Kept small = hint("1");
    Kept large = hint("\"a longer one\"");
    step(Kept.NOTHING, large);
    Hints.Walk late = hints.walk(PARTITION);
    late.found(large);
    step(large, Kept.NOTHING);
    walkThroughNothing();
    step(Kept.NOTHING, small);
    hints.walked(late);
    assertThat(hints.hints()).isEqualTo(1);
    assertThat(hints.bytes()).isEqualTo(SiblingsCodec.encodedBytes(small.set()));
  }

  @Test
  void aWalkThatStoodStillTakesNothingOffTheListThatCameLater() {
    step(Kept.NOTHING, hint("1"));
    step(hint("1"), Kept.NOTHING);
    Hints.Walk late = hints.walk(PARTITION);
    walkThroughNothing();
    assertThat(hints.listed(PARTITION)).isFalse();
    step(Kept.NOTHING, hint("2"));
    step(hint("2"), hint("3"));
    hints.walked(late);
    assertThat(hints.listed(PARTITION)).isTrue();
    assertThat(hints.hints()).isEqualTo(1);
  }
}
