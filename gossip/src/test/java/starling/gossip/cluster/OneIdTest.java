package starling.gossip.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import starling.gossip.Address;
import starling.gossip.DepartureIntent;
import starling.gossip.ProcessIncarnation;

/** Several processes of one id: restarts, copied directories, directories from a backup. */
class OneIdTest {
  @Test
  void ofTwoLivingProcessesOfOneIdExactlyTheLowerStepsDown() {
    for (long seed = 1; seed <= 30; seed++) {
      GossipWorld world = new GossipWorld(seed);
      List<SimulatedNode> nodes = world.cluster(4);
      world.sim().runForMillis(seed * 700);
      SimulatedNode original = nodes.get(3);
      NodeDirectory copied = original.directory.copy();
      if (seed % 3 == 0) {
        // An old copy: it draws the incarnation that the original has.
        copied.incarnation--;
      }
      SimulatedNode copy = world.start("n3", world.freshAddress(), copied, List.of());
      world.sim().runForMillis(20_000);
      SimulatedNode higher =
          copy.member().life().outranks(original.member().life()) ? copy : original;
      SimulatedNode lower = higher == copy ? original : copy;
      assertThat(lower.stepDownReason).as("seed %d", seed).contains(original.directory.id + "");
      assertThat(higher.stepDownReason).as("seed %d", seed).isNull();
      List<SimulatedNode> left = new ArrayList<>(nodes.subList(0, 3));
      left.add(higher);
      assertThat(GossipWorld.agree(left)).isTrue();
    }
  }

  @Test
  void whereLivesAreNotToldApartBothGoOn() {
    GossipWorld world = new GossipWorld(1);
    List<SimulatedNode> nodes = world.cluster(4);
    world.mishearing = Mishearing.OF_LIVES;
    SimulatedNode original = nodes.get(3);
    SimulatedNode copy =
        world.start("n3", world.freshAddress(), original.directory.copy(), List.of());
    world.sim().runForMillis(60_000);
    assertThat(original.stepDownReason).isNull();
    assertThat(copy.stepDownReason).isNull();
    world.mishearing = Mishearing.NONE;
    world.sim().runForMillis(20_000);
    assertThat(original.stepDownReason == null).isNotEqualTo(copy.stepDownReason == null);
  }

  @Test
  void restartsAreNeverTakenForTwoLives() {
    GossipWorld world = new GossipWorld(5);
    List<SimulatedNode> nodes = new ArrayList<>(world.cluster(4));
    for (int i = 0; i < 40; i++) {
      int which = world.identities().nextInt(4);
      nodes.get(which).crash();
      world.sim().runForMillis(world.identities().nextLong(3_000));
      nodes.set(which, world.restart(nodes.get(which)));
      world.sim().runForMillis(world.identities().nextLong(3_000));
    }
    assertThat(world.eventually(() -> GossipWorld.agree(nodes), 5_000)).isTrue();
    assertThat(nodes).allSatisfy(node -> assertThat(node.stepDownReason).isNull());
  }

  @Test
  void aDirectoryFromABackupRaisesItsIncarnationOnceTheOtherLifeIsDead() {
    GossipWorld world = new GossipWorld(6);
    List<SimulatedNode> nodes = world.cluster(3);
    NodeDirectory backup = nodes.get(2).directory.copy();
    SimulatedNode node = nodes.get(2);
    for (int i = 0; i < 5; i++) {
      node.crash();
      world.sim().runForMillis(500);
      node = world.restart(node);
      world.sim().runForMillis(1_500);
    }
    long highest = node.member().incarnation();
    node.crash();
    world.sim().runForMillis(100);
    SimulatedNode restored = world.start("n2", node.address, backup, List.of());
    assertThat(restored.member().incarnation()).isLessThan(highest);
    List<SimulatedNode> present = List.of(nodes.get(0), nodes.get(1), restored);
    assertThat(world.eventually(() -> GossipWorld.agree(present), 30_000)).isTrue();
    assertThat(restored.stepDownReason).isNull();
    assertThat(restored.member().incarnation()).isGreaterThan(highest);
    assertThat(restored.directory.incarnation)
        .isGreaterThanOrEqualTo(restored.member().incarnation());
  }

  @Test
  void aConnectionThatAKilledProcessLeftBehindEndsNoLaterOne() {
    long silenceNanos = 20_000_000_000L;
    for (int delayMillis = 0; delayMillis <= 5_000; delayMillis += 100) {
      GossipWorld world = new GossipWorld(9);
      List<SimulatedNode> nodes = world.cluster(3);
      SimulatedNode killed = nodes.get(2);
      killed.crash();
      killed = world.restart(killed);
      world.sim().runForMillis(3_000);
      ProcessIncarnation old = killed.member().life();
      killed.crash();
      long killedNanos = world.sim().nanoTime();
      world.sim().runForMillis(delayMillis);
      // Only its id is left: it begins with the first incarnation again.
      NodeDirectory wiped = new NodeDirectory(killed.directory.id);
      wiped.mayHaveForgotten = true;
      List<Address> seeds = nodes.stream().map(node -> node.address).toList();
      SimulatedNode again = world.start("n2", killed.address, wiped, seeds);
      assertThat(old.outranks(again.member().life())).isTrue();
      // A peer rejects it until the connection has been silent for as long as one may be.
      while (world.sim().nanoTime() - killedNanos < silenceNanos) {
        long now = world.sim().nanoTime();
        again.gossip.connectedElsewhere(old, now - silenceNanos, now);
        again.act();
        world.sim().runForMillis(500);
      }
      List<SimulatedNode> present = List.of(nodes.get(0), nodes.get(1), again);
      assertThat(world.eventually(() -> again.gossip.cluster() != null, 30_000)).isTrue();
      again.gossip.raiseAbove(old.incarnation(), world.sim().nanoTime());
      again.act();
      assertThat(again.stepDownReason).as("after %d ms", delayMillis).isNull();
      assertThat(world.eventually(() -> GossipWorld.agree(present), 30_000)).isTrue();
      assertThat(again.gossip.outrankedElsewhere(world.sim().nanoTime())).isFalse();
    }
  }

  @Test
  void aLaterProcessThatAPeerHasHeardSinceThisOneBeganEndsThisOne() {
    GossipWorld world = new GossipWorld(10);
    List<SimulatedNode> nodes = world.cluster(3);
    SimulatedNode original = nodes.get(2);
    ProcessIncarnation later = new ProcessIncarnation(original.member().incarnation() + 1, 77);
    long begun = 0;
    original.gossip.connectedElsewhere(later, begun, world.sim().nanoTime());
    original.act();
    assertThat(original.stepDownReason).isNull();
    assertThat(original.gossip.outrankedElsewhere(world.sim().nanoTime())).isTrue();
    long now = world.sim().nanoTime();
    original.gossip.connectedElsewhere(later, now, now);
    original.act();
    assertThat(original.stepDownReason).contains(original.directory.id + "");
  }

  @Test
  void oneThatSteppedDownIsSilent() {
    GossipWorld world = new GossipWorld(8);
    List<SimulatedNode> nodes = world.cluster(2);
    SimulatedNode original = nodes.get(1);
    world.start("n1", world.freshAddress(), original.directory.copy(), List.of());
    assertThat(world.eventually(() -> original.stepDownReason != null, 20_000)).isTrue();
    original.gossip.tick(world.sim().nanoTime() + 1_000_000_000);
    original.gossip.update("fact", new byte[] {1});
    original.gossip.leave(DepartureIntent.STOPPED, world.sim().nanoTime());
    assertThat(original.gossip.drain()).isEmpty();
  }
}
