package starling.gossip.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import starling.gossip.Address;
import starling.gossip.Member;
import starling.gossip.ProcessIncarnation;
import starling.gossip.detector.DetectorConfig;
import starling.sim.NetworkFaults;
import starling.sim.SplitMix;

class SharedFactsTest {
  @Test
  void aChangeReachesFiveNodesWellWithinASecond() {
    long slowest = 0;
    for (long seed = 1; seed <= 50; seed++) {
      GossipWorld world = new GossipWorld(seed);
      List<SimulatedNode> nodes = world.cluster(5);
      world.sim().runForMillis(20_000 + seed * 37);
      long begun = world.millis();
      nodes.get((int) (seed % 5)).update("ring", new byte[] {7});
      assertThat(
              world.eventually(
                  () -> nodes.stream().allMatch(node -> node.gossip.fact("ring") != null), 1_000))
          .as("seed %d", seed)
          .isTrue();
      slowest = Math.max(slowest, world.millis() - begun);
    }
    assertThat(slowest).isLessThan(300);
  }

  @Test
  void aFactTooLongToBePushedIsFetched() {
    GossipWorld world = new GossipWorld(3);
    byte[] large = new byte[200_000];
    Merge longest = (name, a, b) -> a.length >= b.length ? a : b;
    Gossip one = gossip(world, longest, 1);
    Gossip two = gossip(world, longest, 2);
    ClusterIdentity cluster = new ClusterIdentity(world.emptyDirectory().id, 1, one.self().id());
    one.resume(cluster, List.of(two.self().peer()), List.of(), 0);
    two.resume(cluster, List.of(one.self().peer()), List.of(), 0);
    deliver(one, two, 0);
    assertThat(one.alive()).hasSize(2);
    one.update("ring", large);
    List<Action> first = one.drain();
    assertThat(first)
        .filteredOn(action -> action instanceof Action.Send)
        .allSatisfy(
            send ->
                assertThat(((Action.Send) send).message())
                    .isInstanceOf(GossipMessage.Digest.class));
    for (Action action : first) {
      if (action instanceof Action.Send send) {
        two.onMessage(send.message(), 0);
      }
    }
    deliver(one, two, 0);
    assertThat(two.fact("ring")).hasSize(200_000);
  }

  @Test
  void factsConvergeToTheJoinInAnyWeather() {
    for (long seed = 1; seed <= 40; seed++) {
      SplitMix draw = SplitMix.named(seed, "facts");
      GossipWorld world = new GossipWorld(seed, NetworkFaults.swarm(draw));
      List<SimulatedNode> nodes = world.cluster(draw.nextInt(3, 9));
      boolean[][] expected = new boolean[4][256];
      for (int i = 0; i < 120; i++) {
        int fact = draw.nextInt(4);
        int element = draw.nextInt(256);
        expected[fact][element] = true;
        nodes.get(draw.nextInt(nodes.size())).update("fact" + fact, new byte[] {(byte) element});
        world.sim().runForMillis(draw.nextInt(200));
      }
      world.sim().runForMillis(20_000);
      world.network().faults(NetworkFaults.NONE);
      world.sim().runForMillis(10_000);
      for (SimulatedNode node : nodes) {
        for (int fact = 0; fact < 4; fact++) {
          boolean[] present = new boolean[256];
          byte[] value = node.gossip.fact("fact" + fact);
          for (byte element : value == null ? new byte[0] : value) {
            present[element & 0xff] = true;
          }
          assertThat(present)
              .as("seed %d, %s, fact %d", seed, node, fact)
              .isEqualTo(expected[fact]);
        }
      }
    }
  }

  @Test
  void aCrashedNodeLearnsWhatItMissed() {
    GossipWorld world = new GossipWorld(4);
    List<SimulatedNode> nodes = world.cluster(3);
    nodes.get(2).crash();
    nodes.get(0).update("ring", new byte[] {1, 2});
    world.sim().runForMillis(5_000);
    SimulatedNode again = world.restart(nodes.get(2));
    assertThat(world.eventually(() -> again.gossip.fact("ring") != null, 500)).isTrue();
    assertThat(again.factTimes).containsOnlyKeys("ring");
  }

  @Test
  void equalNodesSendDigestsOnly() {
    GossipWorld world = new GossipWorld(5);
    List<SimulatedNode> nodes = world.cluster(5);
    nodes.get(0).update("ring", new byte[] {1});
    world.sim().runForMillis(30_000);
    world.bytesSent = 0;
    world.messagesSent = 0;
    world.sim().runForMillis(100_000);
    // Per second and node: digests to three, two probes with their answers, and half a hash.
    assertThat(world.messagesSent).isLessThanOrEqualTo(5 * (3 + 4 + 1) * 101);
    assertThat(world.bytesSent / world.messagesSent).isLessThan(120);
  }

  @Test
  void aValueThatCannotBeReadIsNotTakenAndSaidAloud() {
    Merge strict =
        new Merge() {
          @Override
          public byte[] join(String name, byte[] a, byte[] b) {
            check(name, a);
            check(name, b);
            return GossipWorld.UNION.join(name, a, b);
          }

          @Override
          public void check(String name, byte[] value) {
            if (value.length > 0 && value[0] == 99) {
              throw new IllegalArgumentException("ninety-nine");
            }
          }
        };
    GossipWorld world = new GossipWorld(6);
    Gossip one = gossip(world, strict, 1);
    Gossip two = gossip(world, GossipWorld.UNION, 2);
    ClusterIdentity cluster = new ClusterIdentity(world.emptyDirectory().id, 1, one.self().id());
    one.resume(cluster, List.of(two.self().peer()), List.of(), 0);
    two.resume(cluster, List.of(one.self().peer()), List.of(), 0);
    two.update("ring", new byte[] {99});
    List<Action> said = deliver(one, two, 0);
    assertThat(one.fact("ring")).isNull();
    assertThat(said)
        .anyMatch(
            action -> action instanceof Action.Alarm alarm && alarm.text().contains("ninety"));
    assertThat(one.alive()).hasSize(2);
  }

  @Test
  void factsAreBounded() {
    FactTable facts = new FactTable(GossipWorld.UNION);
    assertThatThrownBy(() -> facts.join("large", new byte[FactTable.MAX_VALUE_BYTES + 1]))
        .hasMessageContaining("at most");
    assertThatThrownBy(() -> facts.join("", new byte[1])).hasMessageContaining("name");
    for (int i = 0; i < FactTable.MAX_FACTS; i++) {
      facts.join("fact" + i, new byte[0]);
    }
    assertThatThrownBy(() -> facts.join("more", new byte[0])).hasMessageContaining("one more");
    assertThat(facts.join("fact1", new byte[] {1})).isTrue();
  }

  @Test
  void equalFactsHaveEqualHashesInWhateverOrderTheyCame() {
    FactTable one = new FactTable(GossipWorld.UNION);
    FactTable two = new FactTable(GossipWorld.UNION);
    one.join("a", new byte[] {1});
    one.join("b", new byte[] {2});
    one.join("a", new byte[] {3});
    two.join("b", new byte[] {2});
    two.join("a", new byte[] {3});
    assertThat(one.hash()).isNotEqualTo(two.hash());
    two.join("a", new byte[] {1});
    assertThat(one.hash()).isEqualTo(two.hash());
    assertThat(Arrays.equals(one.value("a"), two.value("a"))).isTrue();
  }

  private static Gossip gossip(GossipWorld world, Merge merge, int number) {
    Address address = world.freshAddress();
    Member self =
        new Member(
            world.emptyDirectory().id,
            new ProcessIncarnation(1, number),
            "n" + number,
            address,
            address,
            "",
            1,
            "test",
            1);
    return new Gossip(
        GossipConfig.of("test", DetectorConfig.LAN),
        self,
        world.sim().stream("gossip" + number),
        merge);
  }

  /** Carries messages both ways until none is left; returns what else the two wanted done. */
  private static List<Action> deliver(Gossip one, Gossip two, long nowNanos) {
    List<Action> rest = new ArrayList<>();
    boolean any = true;
    while (any) {
      any = false;
      for (Gossip from : List.of(one, two)) {
        for (Action action : from.drain()) {
          if (action instanceof Action.Send send) {
            any = true;
            (from == one ? two : one).onMessage(send.message(), nowNanos);
          } else if (action instanceof Action.SendDatagram send) {
            any = true;
            (from == one ? two : one).onDatagram(from.self().peer(), send.packet(), nowNanos);
          } else {
            rest.add(action);
          }
        }
      }
    }
    return rest;
  }
}
