package starling.gossip.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import starling.sim.Simulation;

/** The same seed gives the same run: twice in this JVM, and once more in a fresh one. */
class DeterminismTest {
  private static final int SEEDS = 12;

  @Test
  void aSeedGivesTheSameTraceInThisJvmAndInAFreshOne() throws Exception {
    List<String> first = new ArrayList<>();
    List<String> second = new ArrayList<>();
    List<String> seeds = new ArrayList<>();
    for (long seed = 1; seed <= SEEDS; seed++) {
      first.add(TraceOfSeeds.trace(seed));
      second.add(TraceOfSeeds.trace(seed));
      seeds.add(Long.toString(seed));
    }
    assertThat(second).isEqualTo(first);
    assertThat(new TreeSet<>(first)).as("different seeds, different runs").hasSize(SEEDS);
    assertThat(inAFreshJvm(seeds)).isEqualTo(first);
  }

  private static List<String> inAFreshJvm(List<String> seeds) throws Exception {
    String classPath = home(Gossip.class) + File.pathSeparator + home(Simulation.class);
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    List<String> command = new ArrayList<>(List.of(java.toString(), "-cp", classPath));
    command.add(TraceOfSeeds.class.getName());
    command.addAll(seeds);
    Process child = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(child.exitValue()).as(out).isZero();
    return out.lines().toList();
  }

  private static String home(Class<?> type) throws URISyntaxException {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
  }
}
