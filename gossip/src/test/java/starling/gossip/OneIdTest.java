package starling.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Several lives of one id: restarts, copied directories, directories from a backup. */
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
    assertThat(restored.directory.incarnation).isEqualTo(restored.member().incarnation());
  }

  @Test
  void aRaisedIncarnationIsNotToldBeforeItIsDurable() {
    GossipWorld world = new GossipWorld(7);
    List<SimulatedNode> nodes = world.cluster(3);
    Gossip gossip = nodes.get(0).gossip;
    Member self = gossip.self();
    SimulatedNode other = nodes.get(1);
    Header header =
        new Header(
            "test", gossip.cluster(), other.directory.id, other.member().life(), other.address);
    Entry accusation = new Entry(self.id(), self.life(), 0, Status.DEAD, Farewell.NONE);
    gossip.onMessage(new GossipMessage.Digest(header, List.of(accusation), 0), 0);
    assertThat(gossip.drain()).contains(new Action.PersistIncarnation(self.incarnation() + 1));
    assertThat(gossip.self()).isEqualTo(self);
    gossip.incarnationPersisted(self.incarnation() + 1);
    assertThat(gossip.self().incarnation()).isEqualTo(self.incarnation() + 1);
    assertThat(gossip.drain()).isNotEmpty();
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
    original.gossip.leave(Farewell.STOPPED);
    assertThat(original.gossip.drain()).isEmpty();
  }
}
