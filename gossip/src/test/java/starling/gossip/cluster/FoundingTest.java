package starling.gossip.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import starling.gossip.Address;
import starling.gossip.Member;
import starling.gossip.ProcessIncarnation;
import starling.gossip.detector.DetectorConfig;
import starling.sim.NetworkFaults;
import starling.sim.SplitMix;

/** How clusters are founded and joined, through the seeds. */
class FoundingTest {
  private final GossipWorld world = new GossipWorld(42);
  private final Address a = world.freshAddress();
  private final Address b = world.freshAddress();
  private final Address c = world.freshAddress();

  @Test
  void aNodeWithoutSeedsFoundsAtOnce() {
    SimulatedNode alone = world.start("a", a, List.of());
    world.sim().runForMillis(100);
    assertThat(alone.founded).isTrue();
    assertThat(alone.gossip.cluster()).isNotNull();
  }

  @Test
  void aNodeThatIsItsOnlySeedFoundsAtOnce() {
    SimulatedNode alone = world.start("a", a, List.of(a));
    world.sim().runForMillis(100);
    assertThat(alone.founded).isTrue();
  }

  @Test
  void ofThreeThatListTheSameSeedsTheFirstFounds() {
    List<Address> seeds = List.of(a, b, c);
    List<SimulatedNode> nodes =
        List.of(world.start("c", c, seeds), world.start("b", b, seeds), world.start("a", a, seeds));
    assertThat(world.eventually(() -> GossipWorld.agree(nodes), 2_000)).isTrue();
    assertThat(nodes).filteredOn(node -> node.founded).containsExactly(nodes.get(2));
  }

  @Test
  void theOthersWaitForAFirstSeedThatIsLateHoweverLong() {
    List<Address> seeds = List.of(a, b, c);
    SimulatedNode second = world.start("b", b, seeds);
    SimulatedNode third = world.start("c", c, seeds);
    world.sim().runForMillis(600_000);
    assertThat(second.gossip.cluster()).isNull();
    assertThat(third.gossip.cluster()).isNull();
    SimulatedNode first = world.start("a", a, seeds);
    assertThat(world.eventually(() -> GossipWorld.agree(List.of(first, second, third)), 3_000))
        .isTrue();
    assertThat(first.founded).isTrue();
  }

  @Test
  void theFirstWaitsTenSecondsForSilentSeeds() {
    SimulatedNode first = world.start("a", a, List.of(a, b, c));
    world.start("b", b, List.of(a, b, c));
    world.sim().runForMillis(9_700);
    assertThat(first.founded).isFalse();
    world.sim().runForMillis(600);
    assertThat(first.founded).isTrue();
  }

  @Test
  void theFirstFoundsAtOnceWhenAllOthersHaveAnswered() {
    SimulatedNode first = world.start("a", a, List.of(a, b, c));
    world.start("b", b, List.of(a, b, c));
    world.sim().runForMillis(5_000);
    assertThat(first.founded).isFalse();
    world.start("c", c, List.of(a, b, c));
    world.sim().runForMillis(1_300);
    assertThat(first.founded).isTrue();
  }

  @Test
  void aFirstSeedThatComesToAClusterJoinsIt() {
    SimulatedNode other = world.start("b", b, List.of(b));
    world.sim().runForMillis(1_000);
    SimulatedNode first = world.start("a", a, List.of(a, b));
    assertThat(world.eventually(() -> GossipWorld.agree(List.of(other, first)), 1_000)).isTrue();
    assertThat(first.founded).isFalse();
  }

  @Test
  void aWipedFounderJoinsTheClusterItOnceFounded() {
    List<SimulatedNode> nodes = world.cluster(3);
    SimulatedNode founder = nodes.get(0);
    founder.crash();
    world.sim().runForMillis(1_000);
    List<Address> seeds = nodes.stream().map(node -> node.address).toList();
    SimulatedNode wiped = world.start("n0", founder.address, seeds);
    assertThat(
            world.eventually(
                () -> GossipWorld.agree(List.of(wiped, nodes.get(1), nodes.get(2))), 1_000))
        .isTrue();
    assertThat(wiped.founded).isFalse();
  }

  @Test
  void aFounderThatLosesItsDirectoryAtAnyMomentLeavesOneClusterWithItsFacts() {
    for (long micros = 0; micros < 2_000_000; micros += 10_000) {
      assertThat(founderWiped(micros)).as("%d us after the founding", micros).isTrue();
    }
  }

  /** Whether all three come together and know the founding facts. */
  private static boolean founderWiped(long microsAfterFounding) {
    GossipWorld world = new GossipWorld(42);
    world.fsyncNanos = 500_000_000;
    world.merge = needingARing();
    world.foundingFacts.put("ring", new byte[] {1});
    List<Address> seeds = List.of(world.freshAddress(), world.freshAddress(), world.freshAddress());
    SimulatedNode founder = world.start("a", seeds.get(0), seeds);
    SimulatedNode second = world.start("b", seeds.get(1), seeds);
    SimulatedNode third = world.start("c", seeds.get(2), seeds);
    assertThat(world.eventually(() -> founder.founded, 2_000)).isTrue();
    world.sim().runFor(microsAfterFounding * 1_000);
    founder.crash();
    NodeDirectory emptied = new NodeDirectory(founder.member().id());
    emptied.mayHaveForgotten = true;
    List<SimulatedNode> nodes =
        List.of(world.start("a", seeds.get(0), emptied, seeds), second, third);
    return world.eventually(
        () ->
            GossipWorld.agree(nodes)
                && nodes.stream().allMatch(node -> node.gossip.fact("ring") != null),
        60_000);
  }

  /** What this node would answer, as the first message of it that arrives late. */
  private static byte[] lateAnswer(SimulatedNode from) {
    Member self = from.member();
    return GossipCodec.encode(
        new GossipMessage.ClusterInfo(
            new Header("test", from.gossip.cluster(), self.id(), self.life(), self.peer()),
            self.peer(),
            new TreeMap<>(from.world().foundingFacts)));
  }

  @Test
  void aLateAnswerOfAKilledProcessDoesNotShutOutTheProcessAfterIt() {
    SimulatedNode seed = world.start("a", a, List.of(a, c));
    byte[] late = lateAnswer(seed);
    seed.crash();
    SimulatedNode again = world.start("a", a, List.of(a, c));
    SimulatedNode joiner = world.start("b", b, List.of(a));
    world.sim().runForMillis(1_000);
    joiner.onBytes(a.toString(), "gossip", late);
    assertThat(world.eventually(() -> GossipWorld.agree(List.of(again, joiner)), 60_000)).isTrue();
  }

  @Test
  void theFirstAnswerOfAFounderThatWasWipedMeanwhileDoesNotCount() {
    world.fsyncNanos = 1_000_000;
    SimulatedNode founder = world.start("a", a, List.of(a));
    world.sim().runForMillis(1_000);
    byte[] late = lateAnswer(founder);
    founder.crash();
    SimulatedNode joiner = world.start("b", b, List.of(a, b));
    SimulatedNode wiped = world.start("a", a, List.of(a, b));
    assertThat(world.eventually(() -> wiped.founded, 5_000)).isTrue();
    joiner.onBytes(a.toString(), "gossip", late);
    assertThat(world.eventually(() -> GossipWorld.agree(List.of(wiped, joiner)), 60_000)).isTrue();
  }

  private static Merge needingARing() {
    return new Merge() {
      @Override
      public byte[] join(String name, byte[] a, byte[] b) {
        return GossipWorld.UNION.join(name, a, b);
      }

      @Override
      public boolean suffices(Set<String> names) {
        return names.contains("ring");
      }
    };
  }

  @Test
  void aSeedThatLostTheFactsOfItsClusterIsAskedUntilItKnowsThem() {
    world.merge = needingARing();
    SimulatedNode seed = world.start("a", a, List.of(a));
    SimulatedNode joiner = world.start("b", b, List.of(b, a));
    world.sim().runForMillis(30_000);
    assertThat(joiner.gossip.cluster()).isNull();
    seed.update("ring", new byte[] {1});
    assertThat(world.eventually(() -> GossipWorld.agree(List.of(seed, joiner)), 3_000)).isTrue();
    assertThat(joiner.founded).isFalse();
  }

  @Test
  void oneThatMayHaveForgottenItsClusterFoundsNoneBesideSilentSeeds() {
    List<SimulatedNode> nodes = world.cluster(3);
    SimulatedNode founder = nodes.get(0);
    founder.crash();
    List<Address> seeds = nodes.stream().map(node -> node.address).toList();
    for (Address other : seeds.subList(1, 3)) {
      world.network().cut(founder.address.toString(), other.toString());
      world.network().cut(other.toString(), founder.address.toString());
    }
    NodeDirectory emptied = new NodeDirectory(founder.member().id());
    emptied.mayHaveForgotten = true;
    SimulatedNode wiped = world.start("n0", founder.address, emptied, seeds);
    world.sim().runForMillis(60_000);
    assertThat(wiped.gossip.cluster()).isNull();
    world.network().healAll();
    assertThat(
            world.eventually(
                () -> wiped.gossip.cluster() != null && wiped.gossip.members().size() == 3, 3_000))
        .isTrue();
    assertThat(wiped.founded).isFalse();
  }

  @Test
  void oneThatMayHaveForgottenFoundsOnceAllSeedsHaveAnsweredThatTheyAreInNone() {
    NodeDirectory known = world.emptyDirectory();
    known.mayHaveForgotten = true;
    SimulatedNode first = world.start("a", a, known, List.of(a, b));
    world.sim().runForMillis(30_000);
    assertThat(first.founded).isFalse();
    SimulatedNode second = world.start("b", b, List.of(a, b));
    assertThat(world.eventually(() -> GossipWorld.agree(List.of(first, second)), 3_000)).isTrue();
    assertThat(first.founded).isTrue();
  }

  @Test
  void aDirectoryOfAClusterGoesBackToItWhateverTheSeedsSay() {
    List<SimulatedNode> nodes = world.cluster(3);
    SimulatedNode other = world.start("a", a, List.of(a));
    world.sim().runForMillis(1_000);
    nodes.get(1).crash();
    SimulatedNode again = world.restart(nodes.get(1), nodes.get(1).address, List.of(a));
    world.sim().runForMillis(10_000);
    assertThat(GossipWorld.agree(List.of(nodes.get(0), again, nodes.get(2)))).isTrue();
    assertThat(other.gossip.members()).hasSize(1);
  }

  @Test
  void whereTwoFoundedTheLaterFounderExits() {
    SimulatedNode earlier = world.start("a", a, List.of(a));
    world.network().cut(a.toString(), b.toString());
    world.network().cut(b.toString(), a.toString());
    SimulatedNode later = world.start("b", b, List.of(b, a));
    world.sim().runForMillis(20_000);
    assertThat(later.founded).isTrue();
    world.network().healAll();
    world.sim().runForMillis(10_000);
    assertThat(later.exitLine)
        .contains(later.gossip.clusterId().toString())
        .contains(earlier.gossip.clusterId().toString())
        .doesNotContain("\n");
    assertThat(earlier.exitLine).isNull();
    assertThat(earlier.gossip.members()).hasSize(1);
  }

  @Test
  void itIsTheLaterFounderThatExitsAlsoWhenTheEarlierOneComesAcrossIt() {
    world.network().cut(a.toString(), b.toString());
    world.network().cut(b.toString(), a.toString());
    SimulatedNode earlier = world.start("a", a, List.of(a, b));
    world.sim().runForMillis(15_000);
    SimulatedNode later = world.start("b", b, List.of(b));
    world.sim().runForMillis(5_000);
    assertThat(List.of(earlier.founded, later.founded)).containsExactly(true, true);
    world.network().healAll();
    world.sim().runForMillis(10_000);
    assertThat(later.exitLine).isNotNull();
    assertThat(earlier.running()).isTrue();
  }

  @Test
  void joinersOfTheLaterClusterStayInItAndNothingMixes() {
    assertThat(mixes(Mishearing.NONE)).isFalse();
  }

  @Test
  void whereClustersAreNotToldApartTheyMix() {
    assertThat(mixes(Mishearing.OF_CLUSTERS)).isTrue();
  }

  /** Whether a member of one cluster comes to know what is known in another. */
  private boolean mixes(Mishearing mishearing) {
    world.mishearing = mishearing;
    SimulatedNode earlier = world.start("a", a, List.of(a));
    world.sim().runForMillis(1_000);
    SimulatedNode later = world.start("b", b, List.of(b));
    SimulatedNode joiner = world.start("c", c, List.of(b));
    world.sim().runForMillis(2_000);
    earlier.update("fact", new byte[] {1});
    // The joiner begins to talk to the other cluster, as after a mistake in its list.
    joiner.crash();
    later.crash();
    SimulatedNode again = world.restart(joiner, c, List.of(a));
    world.sim().runForMillis(60_000);
    assertThat(again.exitLine).isNull();
    boolean rejected = again.alarms.stream().anyMatch(alarm -> alarm.contains("rejected"));
    boolean learnt = again.gossip.fact("fact") != null || earlier.gossip.members().size() > 1;
    assertThat(rejected).isNotEqualTo(learnt);
    return learnt;
  }

  @Test
  void anotherClusterNameIsRefusedAndSaidAloud() {
    SimulatedNode node = world.start("a", a, List.of(a));
    world.sim().runForMillis(1_000);
    Member self = node.member();
    Gossip stranger =
        new Gossip(
            GossipConfig.of("other", DetectorConfig.LAN),
            new Member(
                world.emptyDirectory().id,
                new ProcessIncarnation(1, 5),
                "x",
                b,
                b,
                "",
                1,
                "test",
                1),
            world.sim().stream("x"),
            GossipWorld.UNION);
    stranger.begin(List.of(a), false, 0);
    stranger.onResolved(a, List.of(a), 0);
    GossipMessage ask = null;
    for (Action action : stranger.drain()) {
      if (action instanceof Action.Send send) {
        ask = send.message();
      }
    }
    assertThat(ask).isNotNull();
    node.gossip.onMessage(ask, world.sim().nanoTime());
    List<Action> answer = node.gossip.drain();
    assertThat(answer).hasSize(2);
    assertThat(answer.get(0)).isInstanceOf(Action.Send.class);
    GossipMessage refusal = ((Action.Send) answer.get(0)).message();
    assertThat(refusal).isInstanceOf(GossipMessage.Rejected.class);
    assertThat(((Action.Alarm) answer.get(1)).text()).contains("'other'");
    stranger.onMessage(refusal, 1);
    assertThat(stranger.drain()).singleElement().isInstanceOf(Action.Alarm.class);
    assertThat(node.gossip.self()).isEqualTo(self);
  }

  @Test
  void aNodeKnowsItselfByAName() {
    world.name("first.example", a.host());
    world.name("second.example", b.host());
    List<Address> seeds =
        List.of(new Address("first.example", 7946), new Address("second.example", 7946));
    List<SimulatedNode> nodes = List.of(world.start("b", b, seeds), world.start("a", a, seeds));
    assertThat(world.eventually(() -> GossipWorld.agree(nodes), 2_000)).isTrue();
    assertThat(nodes.get(1).founded).isTrue();
  }

  @Test
  void ofManyBehindOneNameOneFounds() {
    world.name("all.example", c.host(), a.host(), b.host());
    List<Address> seeds = List.of(new Address("all.example", 7946));
    List<SimulatedNode> nodes =
        List.of(world.start("b", b, seeds), world.start("a", a, seeds), world.start("c", c, seeds));
    assertThat(world.eventually(() -> GossipWorld.agree(nodes), 2_000)).isTrue();
    assertThat(nodes).filteredOn(node -> node.founded).containsExactly(nodes.get(1));
  }

  @Test
  void namesAreLookedUpAnewAtEachTry() {
    Address name = new Address("moving.example", 7946);
    world.name("moving.example", "10.9.9.9");
    SimulatedNode waiting = world.start("b", b, List.of(name));
    world.sim().runForMillis(30_000);
    SimulatedNode first = world.start("a", a, List.of(a));
    world.name("moving.example", a.host());
    assertThat(world.eventually(() -> GossipWorld.agree(List.of(first, waiting)), 2_000)).isTrue();
  }

  @Test
  void aSeedThatCannotBeLookedUpIsSilent() {
    world.name("nowhere.example");
    SimulatedNode first = world.start("a", a, List.of(a, new Address("nowhere.example", 7946)));
    world.sim().runForMillis(9_500);
    assertThat(first.founded).isFalse();
    world.sim().runForMillis(1_000);
    assertThat(first.founded).isTrue();
  }

  @Test
  void silenceThatThisNodeSleptThroughDoesNotCount() {
    SimulatedNode other = world.start("b", b, List.of(b));
    world.network().clog(b.toString(), a.toString(), 3_000_000_000L);
    SimulatedNode first = world.start("a", a, List.of(a, b));
    world.sim().runForMillis(1_000);
    first.pause();
    world.sim().runForMillis(20_000);
    first.resume();
    world.sim().runForMillis(2_000);
    assertThat(first.founded).isFalse();
    assertThat(GossipWorld.agree(List.of(first, other))).isTrue();
  }

  @Test
  void oneClusterComesOutOfAnyOrderOfStartsInAnyWeather() {
    for (long seed = 1; seed <= 100; seed++) {
      SplitMix draw = SplitMix.named(seed, "founding");
      GossipWorld any = new GossipWorld(seed, NetworkFaults.swarm(draw));
      int size = draw.nextInt(2, 7);
      List<Address> addresses = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        addresses.add(any.freshAddress());
      }
      List<Address> seeds = addresses.subList(0, draw.nextInt(1, size + 1));
      List<SimulatedNode> nodes = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        Address at = addresses.get(i);
        String name = "n" + i;
        any.sim()
            .after(
                draw.nextLong(30_000_000_000L),
                "start " + name,
                () -> nodes.add(any.start(name, at, seeds)));
      }
      any.sim().runForMillis(120_000);
      any.network().faults(NetworkFaults.NONE);
      any.sim().runForMillis(10_000);
      assertThat(GossipWorld.agree(nodes)).as("seed %d", seed).isTrue();
      assertThat(nodes.stream().filter(node -> node.founded).map(node -> node.address))
          .as("seed %d", seed)
          .containsExactly(addresses.get(0));
    }
  }
}
