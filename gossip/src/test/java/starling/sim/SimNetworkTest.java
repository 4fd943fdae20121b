package starling.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class SimNetworkTest {
  private static final NetworkFaults ROUGH =
      new NetworkFaults(1_000_000, 5_000_000, 0, 0, 0, 0, 0, 0);

  private final Simulation sim = new Simulation(11);
  private final List<String> seen = new ArrayList<>();

  /** Writes down what it gets. */
  private final class Listener implements Endpoint {
    final String name;

    Listener(String name) {
      this.name = name;
    }

    @Override
    public void onBytes(String from, String channel, byte[] bytes) {
      seen.add(from + ">" + name + ":" + bytes[0]);
    }

    @Override
    public void onBroken(String peer, String channel) {
      seen.add(name + " lost " + peer);
    }
  }

  private SimNetwork network(NetworkFaults faults, String... nodes) {
    SimNetwork network = new SimNetwork(sim, faults);
    for (String node : nodes) {
      network.attach(node, new Listener(node));
    }
    return network;
  }

  private void sendMany(SimNetwork network, String from, String to, int count) {
    for (int i = 0; i < count; i++) {
      assertThat(network.send(from, to, "data", new byte[] {(byte) i})).isTrue();
    }
  }

  private void sendManyDatagrams(SimNetwork network, int count) {
    for (int i = 0; i < count; i++) {
      network.sendDatagram("a", "b", "data", new byte[] {(byte) i});
    }
  }

  private List<String> numbered(String link, int count) {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(link + ":" + (byte) i);
    }
    return all;
  }

  @Test
  void aStreamKeepsItsOrder() {
    SimNetwork network = network(ROUGH, "a", "b");
    sendMany(network, "a", "b", 100);
    sim.runForMillis(1_000);
    assertThat(seen).isEqualTo(numbered("a>b", 100));
  }

  @Test
  void datagramsOvertakeEachOther() {
    SimNetwork network = network(ROUGH, "a", "b");
    sendManyDatagrams(network, 100);
    sim.runForMillis(1_000);
    assertThat(seen).isNotEqualTo(numbered("a>b", 100));
    assertThat(seen).containsExactlyInAnyOrderElementsOf(numbered("a>b", 100));
  }

  @Test
  void datagramsAreLostAndDoubled() {
    SimNetwork network = network(new NetworkFaults(1, 1, 0.3, 0.3, 0, 0, 0, 0), "a", "b");
    sendManyDatagrams(network, 100);
    sim.runForMillis(10);
    assertThat(new TreeSet<>(seen).size()).isBetween(60, 95);
    assertThat(seen.size()).isGreaterThan(new TreeSet<>(seen).size());
  }

  @Test
  void aLossOnAStreamBreaksItForBoth() {
    SimNetwork network = network(ROUGH.withLoss(1), "a", "b");
    sendMany(network, "a", "b", 1);
    sim.runForMillis(10);
    assertThat(seen).containsExactly("a lost b", "b lost a");
    assertThat(network.delivered()).isZero();
  }

  @Test
  void whatIsSentToANodeThatIsDownWasSurelyNotSent() {
    SimNetwork network = network(ROUGH, "a", "b");
    network.crash("b");
    assertThat(network.send("a", "b", "data", new byte[1])).isFalse();
  }

  @Test
  void aCrashLosesWhatIsOnTheWayAlsoForTheNextRun() {
    SimNetwork network = network(ROUGH, "a", "b");
    sendMany(network, "a", "b", 10);
    network.crash("b");
    network.attach("b", new Listener("b"));
    sim.runForMillis(1_000);
    assertThat(seen).containsExactly("a lost b");
  }

  @Test
  void whatACrashedNodeHasSentArrivesUpToSomePoint() {
    int arrived = 0;
    for (int round = 0; round < 100; round++) {
      seen.clear();
      SimNetwork network = network(ROUGH, "a", "b");
      for (int i = 0; i < 20; i++) {
        network.send("a", "b", "data", new byte[] {(byte) i});
        sim.runFor(100_000);
      }
      network.crash("a");
      sim.runForMillis(100);
      assertThat(seen).isEqualTo(numbered("a>b", seen.size()));
      arrived += seen.size();
    }
    assertThat(arrived).isBetween(1, 1_999);
  }

  @Test
  void aCutLinkSwallowsAndAHealedOneBeginsAnew() {
    SimNetwork network = network(ROUGH, "a", "b");
    sendMany(network, "a", "b", 1);
    network.cut("a", "b");
    sendMany(network, "a", "b", 5);
    sendMany(network, "b", "a", 1);
    sim.runForMillis(100);
    assertThat(seen).containsExactly("b>a:0");
    network.heal("a", "b");
    sendMany(network, "a", "b", 2);
    sim.runForMillis(100);
    assertThat(seen).containsSubsequence("a>b:0", "a>b:1").hasSize(5);
    assertThat(seen).contains("a lost b", "b lost a");
  }

  @Test
  void aPartitionCutsBetweenGroupsOnly() {
    SimNetwork network = network(ROUGH, "a", "b", "c");
    network.partition(List.of(List.of("a", "b"), List.of("c")));
    for (String from : List.of("a", "b", "c")) {
      for (String to : List.of("a", "b", "c")) {
        if (!from.equals(to)) {
          sendMany(network, from, to, 1);
        }
      }
    }
    sim.runForMillis(100);
    assertThat(seen).containsExactlyInAnyOrder("a>b:0", "b>a:0");
  }

  @Test
  void aCloggedLinkHoldsBackAndLosesNothing() {
    SimNetwork network = network(ROUGH, "a", "b");
    network.clog("a", "b", 500_000_000);
    sendMany(network, "a", "b", 3);
    sim.runForMillis(499);
    assertThat(seen).isEmpty();
    sim.runForMillis(200);
    assertThat(seen).isEqualTo(numbered("a>b", 3));
  }

  @Test
  void aMessageMayArriveAlthoughItsSenderHearsOfABreak() {
    SimNetwork network = network(new NetworkFaults(1_000, 1_000, 0, 0, 0, 0, 0, 1), "a", "b");
    sendMany(network, "a", "b", 1);
    sim.runForMillis(10);
    assertThat(seen).containsExactlyInAnyOrder("a lost b", "a>b:0");
  }

  @Test
  void aResetLosesWhatIsOnTheWay() {
    SimNetwork network = network(ROUGH, "a", "b");
    sendMany(network, "a", "b", 3);
    network.reset("a", "b");
    sendMany(network, "a", "b", 1);
    sim.runForMillis(100);
    assertThat(seen).containsExactly("a lost b", "b lost a", "a>b:0");
  }
}
