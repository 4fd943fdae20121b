package starling.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PartitionShapeTest {
  private static final List<String> NODES = List.of("a", "b", "c", "d", "e");

  /** How many others each node reaches, and by how many it is heard, in ascending order. */
  private static List<List<Integer>> reach(PartitionShape shape, long seed, boolean healed) {
    Simulation sim = new Simulation(seed);
    SimNetwork network = new SimNetwork(sim, NetworkFaults.NONE);
    Map<String, Integer> heard = new TreeMap<>();
    Map<String, Integer> reached = new TreeMap<>();
    for (String node : NODES) {
      heard.put(node, 0);
      reached.put(node, 0);
      network.attach(
          node,
          (from, channel, bytes) -> {
            reached.merge(from, 1, Integer::sum);
            heard.merge(node, 1, Integer::sum);
          });
    }
    shape.apply(network, NODES, sim.stream("shape"));
    if (healed) {
      network.healAll();
    }
    for (String from : NODES) {
      for (String to : NODES) {
        if (!from.equals(to)) {
          assertThat(network.send(from, to, "x", new byte[1])).isTrue();
        }
      }
    }
    sim.runForMillis(1_000);
    List<Integer> byReach = new ArrayList<>(reached.values());
    List<Integer> byHearing = new ArrayList<>(heard.values());
    byReach.sort(null);
    byHearing.sort(null);
    return List.of(byReach, byHearing);
  }

  @ParameterizedTest
  @CsvSource({
    "LONER, '0 3 3 3 3', '0 3 3 3 3'",
    "BRIDGE, '2 2 2 2 4', '2 2 2 2 4'",
    "DEAF, '3 3 3 3 4', '0 4 4 4 4'",
    "MUTE, '0 4 4 4 4', '3 3 3 3 4'",
    "CIRCLE, '2 2 2 2 2', '2 2 2 2 2'"
  })
  void aShapeCutsWhatItSays(PartitionShape shape, String reached, String heard) {
    for (long seed = 1; seed <= 10; seed++) {
      assertThat(reach(shape, seed, false)).containsExactly(numbers(reached), numbers(heard));
    }
  }

  @Test
  void sidesDoNotHearEachOther() {
    for (long seed = 1; seed <= 20; seed++) {
      assertThat(reach(PartitionShape.SIDES, seed, false).get(0))
          .isIn(numbers("0 3 3 3 3"), numbers("1 1 2 2 2"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyShapeHeals(PartitionShape shape) {
    assertThat(reach(shape, 1, true).get(0)).isEqualTo(numbers("4 4 4 4 4"));
  }

  private static List<Integer> numbers(String text) {
    return List.of(text.split(" ")).stream().map(Integer::valueOf).toList();
  }
}
