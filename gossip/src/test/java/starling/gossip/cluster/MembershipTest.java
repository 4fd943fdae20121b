package starling.gossip.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import starling.gossip.Status;
import starling.sim.NetworkFaults;
import starling.sim.SplitMix;

class MembershipTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 10, 30, 50})
  void membersFindEachOtherWithinSeconds(int size) {
    GossipWorld world = new GossipWorld(size);
    List<SimulatedNode> nodes = world.cluster(size);
    assertThat(world.millis()).isLessThan(2_500);
    assertThat(nodes).filteredOn(node -> node.founded).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 5, 20, 50})
  void nobodyIsSuspectedInCalmWeather(int size) {
    GossipWorld world = new GossipWorld(size);
    List<SimulatedNode> nodes = world.cluster(size);
    world.sim().runForMillis(300_000);
    assertThat(nodes).allSatisfy(node -> assertThat(node.judgements).isEmpty());
    assertThat(GossipWorld.agree(nodes)).isTrue();
  }

  @Test
  void membersFindEachOtherInAnyWeather() {
    for (long seed = 1; seed <= 60; seed++) {
      SplitMix draw = SplitMix.named(seed, "weather");
      NetworkFaults faults = NetworkFaults.swarm(draw);
      int size = draw.nextInt(3, 12);
      GossipWorld world = new GossipWorld(seed, faults);
      List<SimulatedNode> nodes = world.cluster(size);
      // Stale updates may arrive late, but no running node is declared dead.
      world.sim().runForMillis(120_000);
      for (SimulatedNode node : nodes) {
        assertThat(node.judgements)
            .as("seed %d %s: %s", seed, faults, node.judgements)
            .noneMatch(judgement -> judgement.endsWith("DEAD"));
      }
      world.network().faults(NetworkFaults.NONE);
      assertThat(world.eventually(() -> GossipWorld.agree(nodes), 10_000)).isTrue();
    }
  }

  @Test
  void aKilledMemberIsSuspectThenDead() {
    GossipWorld world = new GossipWorld(7);
    world.refusesConnections = false;
    List<SimulatedNode> nodes = world.cluster(5);
    SimulatedNode killed = nodes.get(4);
    SimulatedNode witness = nodes.get(0);
    world.sim().runForMillis(10_000);
    killed.crash();
    long crashed = world.millis();
    assertThat(world.eventually(() -> witness.sees(killed) == Status.SUSPECT, 10_000)).isTrue();
    assertThat(world.millis() - crashed).isLessThan(3_000);
    assertThat(world.eventually(() -> witness.sees(killed) == Status.DEAD, 10_000)).isTrue();
    assertThat(world.millis() - crashed).isBetween(1_500L, 5_000L);
    world.sim().runForMillis(60_000);
    for (SimulatedNode node : nodes.subList(0, 4)) {
      assertThat(node.judgements).endsWith("n4 DEAD").isSubsetOf("n4 SUSPECT", "n4 DEAD");
    }
  }

  @Test
  void aRefusedConnectionMakesAMemberSuspectAtOnce() {
    GossipWorld world = new GossipWorld(8);
    List<SimulatedNode> nodes = world.cluster(3);
    world.sim().runForMillis(10_000);
    nodes.get(2).crash();
    assertThat(world.eventually(() -> nodes.get(0).sees(nodes.get(2)) == Status.SUSPECT, 1_500))
        .isTrue();
  }

  @Test
  void aMemberThatStopsByItsOwnWordIsDeadAtOnce() {
    GossipWorld world = new GossipWorld(9);
    List<SimulatedNode> nodes = world.cluster(5);
    world.sim().runForMillis(10_000);
    SimulatedNode stopped = nodes.get(3);
    stopped.stopPolitely();
    List<SimulatedNode> others = List.of(nodes.get(0), nodes.get(1), nodes.get(2), nodes.get(4));
    assertThat(
            world.eventually(
                () -> others.stream().allMatch(node -> node.sees(stopped) == Status.DEAD), 500))
        .isTrue();
    world.sim().runForMillis(30_000);
    assertThat(others).allSatisfy(node -> assertThat(node.judgements).containsExactly("n3 DEAD"));
  }

  @Test
  void aRestartedMemberIsRecognisedAtOnce() {
    int bugShows = 0;
    for (long seed = 10; seed < 20; seed++) {
      assertThat(recognisedAtOnce(seed, true)).as("seed %d", seed).isTrue();
      bugShows += recognisedAtOnce(seed, false) ? 0 : 1;
    }
    assertThat(bugShows).as("seeds in which the planted bug shows").isPositive();
  }

  /** Whether all agree soon after one has started again, with a new incarnation or not. */
  private static boolean recognisedAtOnce(long seed, boolean raised) {
    GossipWorld world = new GossipWorld(seed);
    List<SimulatedNode> nodes = world.cluster(5);
    world.sim().runForMillis(10_000);
    nodes.get(2).crash();
    world.sim().runForMillis(200);
    if (!raised) {
      nodes.get(2).directory.incarnation = nodes.get(2).member().incarnation() - 1;
    }
    SimulatedNode again = world.restart(nodes.get(2));
    List<SimulatedNode> present =
        List.of(nodes.get(0), nodes.get(1), again, nodes.get(3), nodes.get(4));
    return world.eventually(() -> GossipWorld.agree(present), 1_000);
  }

  @Test
  void aDeadMemberComesBackWithALaterLife() {
    GossipWorld world = new GossipWorld(11);
    List<SimulatedNode> nodes = world.cluster(3);
    nodes.get(2).crash();
    world.sim().runForMillis(60_000);
    assertThat(nodes.get(0).sees(nodes.get(2))).isEqualTo(Status.DEAD);
    SimulatedNode again = world.restart(nodes.get(2));
    List<SimulatedNode> present = List.of(nodes.get(0), nodes.get(1), again);
    assertThat(world.eventually(() -> GossipWorld.agree(present), 1_500)).isTrue();
  }

  @Test
  void allRestartedAtOnceFindEachOtherWithoutSeeds() {
    GossipWorld world = new GossipWorld(12);
    List<SimulatedNode> nodes = world.cluster(3);
    world.sim().runForMillis(10_000);
    nodes.forEach(SimulatedNode::crash);
    world.sim().runForMillis(5_000);
    List<SimulatedNode> again = nodes.stream().map(world::restart).toList();
    long begun = world.millis();
    assertThat(world.eventually(() -> GossipWorld.agree(again), 2_000)).isTrue();
    assertThat(world.millis() - begun).isLessThan(1_500);
  }

  @Test
  void aMemberKeepsItsIdWhenItsAddressChanges() {
    GossipWorld world = new GossipWorld(13);
    List<SimulatedNode> nodes = world.cluster(4);
    nodes.get(1).crash();
    world.sim().runForMillis(2_000);
    SimulatedNode moved = world.restart(nodes.get(1), world.freshAddress(), List.of());
    List<SimulatedNode> present = List.of(nodes.get(0), moved, nodes.get(2), nodes.get(3));
    assertThat(world.eventually(() -> GossipWorld.agree(present), 1_500)).isTrue();
    assertThat(nodes.get(0).gossip.member(moved.directory.id).peer()).isEqualTo(moved.address);
    assertThat(nodes.get(0).gossip.members()).hasSize(4);
  }

  @Test
  void anAddressMayChangeHands() {
    GossipWorld world = new GossipWorld(14);
    List<SimulatedNode> nodes = world.cluster(3);
    world.sim().runForMillis(10_000);
    SimulatedNode gone = nodes.get(2);
    gone.crash();
    world.sim().runForMillis(1_000);
    SimulatedNode heir = world.start("heir", gone.address, List.of(nodes.get(0).address));
    List<SimulatedNode> present = List.of(nodes.get(0), nodes.get(1), heir);
    assertThat(world.eventually(() -> GossipWorld.agree(present), 20_000)).isTrue();
    world.sim().runForMillis(30_000);
    assertThat(nodes.get(0).sees(gone)).isEqualTo(Status.DEAD);
    assertThat(GossipWorld.agree(present)).isTrue();
  }

  @Test
  void twoLivingMembersOfOneNameAreTwoMembersAndAnAlarm() {
    GossipWorld world = new GossipWorld(15);
    List<SimulatedNode> nodes = world.cluster(3);
    SimulatedNode namesake = world.start("n1", world.freshAddress(), List.of(nodes.get(0).address));
    List<SimulatedNode> all = List.of(nodes.get(0), nodes.get(1), nodes.get(2), namesake);
    assertThat(world.eventually(() -> GossipWorld.agree(all), 2_000)).isTrue();
    assertThat(nodes.get(0).alarms).singleElement().asString().contains("called n1");
  }

  @Test
  void aNameMayPassFromADeadMemberToAnother() {
    GossipWorld world = new GossipWorld(16);
    List<SimulatedNode> nodes = world.cluster(3);
    nodes.get(1).crash();
    world.sim().runForMillis(30_000);
    world.start("n1", world.freshAddress(), List.of(nodes.get(0).address));
    world.sim().runForMillis(10_000);
    assertThat(nodes.get(0).alarms).isEmpty();
    assertThat(nodes.get(0).gossip.alive()).hasSize(3);
  }

  @Test
  void aPausedMemberDoesNotCallOthersDeadAndIsTakenBack() {
    for (long seed = 1; seed <= 20; seed++) {
      GossipWorld world = new GossipWorld(seed);
      List<SimulatedNode> nodes = world.cluster(5);
      world.sim().runForMillis(20_000);
      SimulatedNode paused = nodes.get(2);
      paused.pause();
      world.sim().runForMillis(30_000);
      assertThat(nodes.get(0).sees(paused)).isEqualTo(Status.DEAD);
      long incarnation = paused.member().incarnation();
      paused.resume();
      assertThat(world.eventually(() -> GossipWorld.agree(nodes), 2_000)).isTrue();
      world.sim().runForMillis(20_000);
      assertThat(paused.judgements).as("seed %d", seed).isEmpty();
      assertThat(paused.member().incarnation()).isGreaterThan(incarnation);
      assertThat(paused.directory.incarnation)
          .isGreaterThanOrEqualTo(paused.member().incarnation());
    }
  }

  @Test
  void aPartitionIsNoticedAndHeals() {
    for (long seed = 1; seed <= 20; seed++) {
      GossipWorld world = new GossipWorld(seed);
      List<SimulatedNode> nodes = world.cluster(7);
      List<String> hosts = nodes.stream().map(node -> node.address.toString()).toList();
      world.network().partition(List.of(hosts.subList(0, 3), hosts.subList(3, 7)));
      nodes.get(0).update("side", new byte[] {1});
      nodes.get(6).update("side", new byte[] {2});
      world.sim().runForMillis(40_000);
      assertThat(nodes.get(0).gossip.alive()).hasSize(3);
      assertThat(nodes.get(6).gossip.alive()).hasSize(4);
      world.network().healAll();
      assertThat(world.eventually(() -> GossipWorld.agree(nodes), 10_000)).isTrue();
      assertThat(
              world.eventually(
                  () ->
                      nodes.stream()
                          .allMatch(
                              node -> Arrays.equals(node.gossip.fact("side"), new byte[] {1, 2})),
                  5_000))
          .isTrue();
    }
  }

  @Test
  void whateverHappensAllAgreeSoonAfterItIsOver() {
    for (long seed = 1_000; seed < 1_060; seed++) {
      TraceOfSeeds.After after = TraceOfSeeds.run(seed);
      GossipWorld world = after.world();
      world.network().faults(NetworkFaults.NONE);
      world.network().healAll();
      assertThat(world.eventually(() -> GossipWorld.agree(after.nodes()), 15_000))
          .as("seed %d", seed)
          .isTrue();
      world.sim().runForMillis(5_000);
      for (SimulatedNode node : after.nodes()) {
        assertThat(node.stepDownReason).as("seed %d", seed).isNull();
        assertThat(node.exitLine).as("seed %d", seed).isNull();
        assertThat(node.gossip.members()).as("seed %d", seed).hasSize(after.nodes().size());
        for (Map.Entry<String, byte[]> fact : node.gossip.facts().entrySet()) {
          assertThat(fact.getValue())
              .as("seed %d, %s", seed, fact.getKey())
              .isEqualTo(after.nodes().get(0).gossip.fact(fact.getKey()));
        }
      }
    }
  }

  @Test
  void aDeafMemberDoesNotBuryTheOthers() {
    GossipWorld world = new GossipWorld(17);
    List<SimulatedNode> nodes = world.cluster(5);
    world.sim().runForMillis(10_000);
    SimulatedNode deaf = nodes.get(4);
    List<SimulatedNode> others = nodes.subList(0, 4);
    for (SimulatedNode other : others) {
      world.network().cut(other.address.toString(), deaf.address.toString());
    }
    world.sim().runForMillis(60_000);
    assertThat(deaf.gossip.alive()).hasSize(1);
    for (SimulatedNode node : others) {
      assertThat(node.judgements).filteredOn(each -> each.endsWith("DEAD")).containsOnly("n4 DEAD");
    }
  }

  @Test
  void aLinkCutBetweenTwoIsNoDeath() {
    GossipWorld world = new GossipWorld(18);
    List<SimulatedNode> nodes = world.cluster(5);
    String a = nodes.get(0).address.toString();
    String b = nodes.get(1).address.toString();
    world.network().partition(List.of(List.of(a), List.of(b)));
    world.sim().runForMillis(120_000);
    assertThat(nodes).allSatisfy(node -> assertThat(node.judgements).isEmpty());
  }

  @Test
  void aBannedMemberStaysOutButHearsTheFacts() {
    GossipWorld world = new GossipWorld(19);
    List<SimulatedNode> nodes = world.cluster(4);
    SimulatedNode banned = nodes.get(3);
    banned.crash();
    for (SimulatedNode node : nodes.subList(0, 3)) {
      node.gossip.ban(banned.directory.id, world.sim().nanoTime());
    }
    nodes.get(0).update("bans", new byte[] {3});
    SimulatedNode again = world.restart(banned);
    again.update("bans", new byte[] {9});
    world.sim().runForMillis(30_000);
    assertThat(again.gossip.fact("bans")).containsExactly(3, 9);
    for (SimulatedNode node : nodes.subList(0, 3)) {
      assertThat(node.sees(banned)).isEqualTo(Status.LEFT);
      assertThat(node.gossip.fact("bans")).containsExactly(3);
    }
  }

  @Test
  void aMemberBannedByOneHasLeftForAll() {
    GossipWorld world = new GossipWorld(20);
    List<SimulatedNode> nodes = world.cluster(4);
    nodes.get(3).crash();
    nodes.get(0).gossip.ban(nodes.get(3).directory.id, world.sim().nanoTime());
    world.sim().runForMillis(10_000);
    SimulatedNode again = world.restart(nodes.get(3));
    world.sim().runForMillis(20_000);
    for (SimulatedNode node : nodes.subList(0, 3)) {
      assertThat(node.sees(again)).isEqualTo(Status.LEFT);
    }
  }
}
