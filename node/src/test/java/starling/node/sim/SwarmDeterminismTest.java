package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import starling.node.sim.workload.ClientBehavior;

/**
 * The same seed gives the same run: again in this JVM, after other seeds, and in a fresh JVM. That
 * one runs the seeds in the opposite order, so that anything left by an earlier run shows.
 */
class SwarmDeterminismTest {
  private static final int SEEDS = 4;
  private static final long CHAOS_MILLIS = 40_000;

  @Test
  void aSeedGivesTheSameTraceInThisJvmAndInAFreshOne() throws Exception {
    List<String> hashes = new ArrayList<>();
    for (long seed = 1; seed <= SEEDS; seed++) {
      hashes.add(hash(seed));
    }
    assertThat(hash(1)).as("seed 1 after the others").isEqualTo(hashes.get(0));
    assertThat(new TreeSet<>(hashes)).as("different seeds, different runs").hasSize(SEEDS);
    Collections.reverse(hashes);
    assertThat(inAFreshJvm()).as("the last seed first").isEqualTo(hashes);
  }

  private static String hash(long seed) {
    SwarmPlan plan = SwarmPlan.draw(seed, CHAOS_MILLIS);
    return new SwarmRun(seed, plan, SimWiring.PLAIN, ClientBehavior.HONEST).run(null).hash();
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

  /** The same seeds, run by a JVM of their own, the last one first. */
  static final class FreshJvm {
    private FreshJvm() {}

    public static void main(String[] args) {
      for (long seed = SEEDS; seed >= 1; seed--) {
        System.out.println(hash(seed));
      }
    }
  }
}
