package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import starling.node.request.ReadOutcome;
import starling.node.request.ReadRequest;
import starling.node.request.Rejection;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.node.sim.fault.BrokenTransport;
import starling.node.sim.workload.ClientBehavior;
import starling.wire.ProblemKind;

/** A run in which nothing is wrong and nothing works fails all the same. */
class VacuityTest {
  private static final SwarmPlan PLAN = SwarmPlan.draw(8, 5_000);

  /** Each message takes ten times as long as links do in the calm. */
  private static final long SLOW_NANOS = 4_500_000;

  @Test
  void aStoreThatIsTenTimesTooSlowIsNoticed() {
    SimWiring slow =
        SimWiring.withTransport(
            (process, network) -> new BrokenTransport.IsSlow(process, network, SLOW_NANOS));
    assertThatThrownBy(() -> new SwarmRun(8, PLAN, slow, ClientBehavior.HONEST).run(null))
        .hasMessageContaining("too slow in the calm");
  }

  @Test
  void aStoreThatRefusesEverythingIsNoticed() {
    assertThatThrownBy(() -> new SwarmRun(8, PLAN, SimWiring.PLAIN, new RefusesAll()).run(null))
        .hasMessageContaining("too few answers in the calm");
  }

  private static final class RefusesAll implements ClientBehavior {
    private static final Rejection REFUSAL = Rejection.of(ProblemKind.UNAVAILABLE, "always");

    @Override
    public void write(
        SimCluster cluster, int node, WriteRequest request, Consumer<WriteOutcome> done) {
      cluster.sim().after(1, "refused", () -> done.accept(new WriteOutcome.Rejected(REFUSAL)));
    }

    @Override
    public void read(
        SimCluster cluster, int node, ReadRequest request, Consumer<ReadOutcome> done) {
      cluster.sim().after(1, "refused", () -> done.accept(new ReadOutcome.Rejected(REFUSAL)));
    }
  }
}
