package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import starling.node.request.Condition;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.sim.fault.InjectedFault;
import starling.node.sim.workload.ClientBehavior;
import starling.node.storage.Durability;
import starling.node.version.Content;
import starling.sim.NetworkFaults;

/** What random runs have found once, told again on purpose. */
class FoundBySeedTest {
  /** The answer to a slow ask came while the step waited for a lease, and made a second event. */
  @Test
  void aBlindWriteThatWaitsForItsLeaseMakesOneEvent() {
    var unused = new SwarmRun(67).run(null);
  }

  /** A write error while a node came into its first cluster made it end itself. */
  @Test
  void aNodeWhoseIdFileCannotBeWrittenTriesAgain() {
    var unused = new SwarmRun(2674).run(null);
  }

  /** A paused walk took new hints of its partition for those that it had begun with. */
  @Test
  void aWalkThroughHintsCountsNoneOfAnEarlierTime() {
    SwarmPlan plan =
        new SwarmPlan(
            7,
            4,
            0,
            2,
            true,
            false,
            false,
            false,
            Durability.SYNCED,
            40_000_000,
            822,
            465,
            new NetworkFaults(
                4868990, 41035900, 0.0, 0.0, 0.0, 0.0011630947993211088, 1407348170, 0.0),
            100_000,
            List.of(
                new InjectedFault(
                    InjectedFault.Kind.WIPE,
                    24732,
                    1974,
                    List.of(4, 1, 6, 3, 5, 0, 2),
                    1059662901310L),
                new InjectedFault(
                    InjectedFault.Kind.CIRCLE,
                    29086,
                    19522,
                    List.of(3, 5, 1, 0, 6, 2, 4),
                    579179773258L)));
    var unused = new SwarmRun(547, plan, SimWiring.PLAIN, ClientBehavior.HONEST).run(null);
  }

  /** The first seed, emptied but for its id and cut off, founded a cluster of its own. */
  @Test
  void aNodeThatHasForgottenItsClusterFoundsNoOther() {
    SwarmPlan plan =
        new SwarmPlan(
            3,
            1,
            0,
            1,
            true,
            false,
            false,
            false,
            Durability.SYNCED,
            40_000_000,
            1_073_741_824,
            225,
            new NetworkFaults(300_000, 200_000, 0.0, 0.0, 0.0, 0.0, 0, 0.0),
            100_000,
            List.of(
                new InjectedFault(
                    InjectedFault.Kind.WIPE, 40391, 7081, List.of(0, 1, 2), 928552955509L),
                new InjectedFault(
                    InjectedFault.Kind.ISOLATE, 45101, 16887, List.of(0, 2, 1), 990280661785L)));
    var unused = new SwarmRun(5586, plan, SimWiring.PLAIN, ClientBehavior.HONEST).run(null);
  }

  /** A rebuilt index showed a hint again that had been removed; it was never delivered. */
  @Test
  void aHintThatWasLetGoDoesNotComeBackWithANewIndex() {
    SwarmPlan plan =
        new SwarmPlan(
            5,
            3,
            220,
            2,
            true,
            false,
            true,
            false,
            Durability.REPLICATED,
            400_000,
            1_073_741_824,
            187,
            new NetworkFaults(
                1255844,
                33192226,
                0.0,
                0.04275494923521131,
                0.0,
                0.0,
                975684908,
                0.004759424547549733),
            100_000,
            List.of(
                new InjectedFault(
                    InjectedFault.Kind.ROT_WHILE_DOWN,
                    6072,
                    577,
                    List.of(2, 3, 0, 4, 1),
                    780358178622L),
                new InjectedFault(
                    InjectedFault.Kind.READ_ERROR_ONCE, 20663, 1276, List.of(2, 1, 4, 3, 0), 14),
                new InjectedFault(
                    InjectedFault.Kind.ROT_WHILE_DOWN,
                    24307,
                    1810,
                    List.of(2, 0, 3, 4, 1),
                    768729680000L),
                new InjectedFault(
                    InjectedFault.Kind.ROT_OF_INDEX,
                    38808,
                    1568,
                    List.of(2, 0, 1, 3, 4),
                    242488518131L)));
    var unused = new SwarmRun(12133, plan, SimWiring.PLAIN, ClientBehavior.HONEST).run(null);
  }

  /** The ring had come and the keys of contexts not yet: no answer could be given. */
  @Test
  void aNodeServesOnlyOnceItCanSignContexts() {
    for (long seed = 1; seed <= 20; seed++) {
      SimCluster cluster = new SimCluster(seed, 3);
      List<WriteOutcome> outcomes = new ArrayList<>();
      for (int millis = 0; millis < 2_000; millis += 2) {
        cluster.runFor(2);
        for (int i = 0; i < 3; i++) {
          cluster.write(
              i,
              "b",
              "k",
              Content.json(SimCluster.bytes("1")),
              "",
              Condition.NONE,
              RequestOptions.NONE,
              outcomes::add);
        }
      }
      cluster.awaitReady();
      assertThat(outcomes)
          .as("seed %d", seed)
          .hasAtLeastOneElementOfType(WriteOutcome.Written.class);
    }
  }
}
