package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The same seed gives the same run: twice in this JVM, and once more in a fresh one. */
class SwarmDeterminismTest {
  private static final int SEEDS = 6;

  @Test
  void aSeedGivesTheSameTraceInThisJvmAndInAFreshOne() throws Exception {
    List<String> first = hashes();
    assertThat(hashes()).isEqualTo(first);
    assertThat(new TreeSet<>(first)).as("different seeds, different runs").hasSize(SEEDS);
    assertThat(inAFreshJvm()).isEqualTo(first);
  }

  private static List<String> hashes() {
    List<String> hashes = new ArrayList<>();
    for (long seed = 1; seed <= SEEDS; seed++) {
      hashes.add(new SwarmRun(seed).run(null).hash());
    }
    return hashes;
  }

  private static List<String> inAFreshJvm() throws Exception {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                FreshJvm.class.getName())
            .redirectErrorStream(true)
            .start();
    String out = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(child.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(child.exitValue()).as(out).isZero();
    return out.lines().filter(line -> line.matches("[0-9a-f]{64}")).toList();
  }

  /** The same seeds, run by a JVM of their own. */
  static final class FreshJvm {
    private FreshJvm() {}

    public static void main(String[] args) {
      hashes().forEach(System.out::println);
    }
  }
}
