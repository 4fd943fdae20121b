package starling.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import starling.gossip.Address;
import starling.gossip.ProcessIncarnation;
import starling.gossip.Status;
import starling.node.ScriptedNode;
import starling.node.replica.ScriptedStorage;
import starling.node.request.BucketProperties;
import starling.node.storage.StorageFailure;
import starling.node.version.BinaryWriter;

/** What membership makes durable, and in which order, before it takes effect. */
class MembershipTest {
  private static final Address SEED = new Address("10.0.0.2", 7000);
  private static final UUID CLUSTER = new UUID(9, 9);
  private static final String BUCKET = MetadataType.BUCKET.of("b");
  private static final String DEFAULTS = MetadataType.DEFAULTS.name();

  private final ScriptedNode world = new ScriptedNode();
  private final ScriptedStorage storage = new ScriptedStorage();
  private final List<Address> told = new ArrayList<>();
  private final List<String> halts = new ArrayList<>();
  private final List<String> effects = new ArrayList<>();
  private final List<Consumer<@Nullable IOException>> notes = new ArrayList<>();
  private final byte[] register = new BucketRegister(1, BucketProperties.DEFAULT).encode();

  private Membership membership(Address... seeds) {
    ClusterMetadata metadata = new ClusterMetadata();
    metadata.register(MetadataType.BUCKET, (which, value) -> effects.add("bucket " + which));
    metadata.register(MetadataType.DEFAULTS, (which, value) -> effects.add("defaults"));
    return new Membership(
        ScriptedNode.settings(List.of(seeds)),
        storage,
        world,
        world,
        world,
        new GossipLink() {
          @Override
          public void send(Address to, byte[] frame) {
            told.add(to);
          }

          @Override
          public void sendDatagram(Address to, byte[] datagram) {
            told.add(to);
          }

          @Override
          public void resolve(List<Address> names) {
            told.addAll(names);
          }
        },
        notes::add,
        metadata,
        (member, from, to) -> {},
        halts::add);
  }

  /** A member of a cluster that has started again. */
  private Membership member() {
    storage.metas.put(ClusterFormation.FILE, ScriptedNode.clusterFile(CLUSTER));
    Membership membership = membership(SEED);
    membership.start();
    notes.remove(0).accept(null);
    return membership;
  }

  private void tick(Membership membership, int millis) {
    for (int passed = 0; passed < millis; passed += 50) {
      world.pass(50);
      membership.tick(world.nanoTime());
    }
  }

  private List<String> saves() {
    return storage.saves.stream().map(ScriptedStorage.Save::name).toList();
  }

  @Test
  void theIncarnationIsDurableBeforeAnyNodeIsTold() {
    storage.holdsSaves = true;
    Membership membership = membership(SEED);
    membership.start();
    tick(membership, 1_000);
    assertThat(told).isEmpty();
    assertThat(saves()).containsExactly("incarnation");
    storage.saveNext();
    tick(membership, 1_000);
    assertThat(told).contains(SEED);
  }

  @Test
  void eachStartRaisesTheIncarnation() {
    Membership first = membership(SEED);
    first.start();
    assertThat(first.life().incarnation()).isEqualTo(1);
    Membership second = membership(SEED);
    second.start();
    assertThat(second.life().incarnation()).isEqualTo(2);
    assertThat(second.life().outranks(first.life())).isTrue();
  }

  @Test
  void aLateSaveOfAnIncarnationDoesNotHideALaterOne() {
    storage.metas.put("incarnation", new BinaryWriter(16).u8(1).i64(5).toBytes());
    Membership membership = member();
    membership.persistIncarnation(99);
    membership.persistIncarnation(98);
    assertThat(storage.metas.get("incarnation"))
        .isEqualTo(new BinaryWriter(16).u8(1).i64(99).toBytes());
  }

  @Test
  void aDamagedIdentityOrIncarnationStopsTheNode() {
    for (String name : List.of("incarnation", ClusterFormation.FILE)) {
      storage.damagedMetas.clear();
      storage.damagedMetas.add(name);
      halts.clear();
      membership(SEED).start();
      assertThat(halts).singleElement().asString().contains(name).contains("damaged");
      assertThat(storage.metas).isEmpty();
    }
  }

  @Test
  void otherDamagedFilesAreRebuilt() {
    storage.damagedMetas.add("addresses");
    membership(SEED).start();
    assertThat(halts).isEmpty();
    assertThat(storage.metas).containsKey("incarnation");
  }

  @Test
  void theMetadataOfANewClusterIsDurableBeforeItsIdentity() {
    storage.holdsSaves = true;
    Membership membership = membership();
    membership.start();
    storage.saveNext();
    tick(membership, 5_000);
    assertThat(saves()).containsExactly(MetadataStore.FILE);
    assertThat(ClusterMetadata.decode(storage.saves.element().bytes()))
        .containsOnlyKeys(MetadataType.RING.name(), MetadataType.CONTEXT_KEYS.name(), DEFAULTS);
    storage.saveNext();
    assertThat(saves()).containsExactly(ClusterFormation.FILE);
    assertThat(membership.clusterId()).isNull();
    storage.saveNext();
    assertThat(membership.clusterId()).as("its id is not noted as a member's").isNull();
    notes.remove(0).accept(null);
    assertThat(membership.clusterId()).isNotNull();
    assertThat(membership.founder()).isTrue();
  }

  @Test
  void aNodeBelongsToTheClusterOfItsLastProcess() {
    Membership membership = member();
    assertThat(membership.clusterId()).isEqualTo(CLUSTER);
    assertThat(storage.metas.get(ClusterFormation.FILE))
        .isEqualTo(ScriptedNode.clusterFile(CLUSTER));
  }

  @Test
  void aNoteThatCannotBeWrittenIsTriedAgain() {
    storage.metas.put(ClusterFormation.FILE, ScriptedNode.clusterFile(CLUSTER));
    Membership membership = membership(SEED);
    membership.start();
    notes.remove(0).accept(new IOException("read only"));
    assertThat(membership.clusterId()).isNull();
    world.pass(1_000);
    notes.remove(0).accept(null);
    assertThat(membership.clusterId()).isEqualTo(CLUSTER);
  }

  @Test
  void aFactTakesEffectWhenItIsDurableHere() {
    Membership membership = member();
    storage.holdsSaves = true;
    assertThat(membership.merge(DEFAULTS, register)).isTrue();
    assertThat(membership.knows(DEFAULTS)).isTrue();
    assertThat(effects).isEmpty();
    storage.saveNext();
    assertThat(effects).containsExactly("defaults");
  }

  @Test
  void theRegisterOfABucketTakesEffectAtOnce() {
    Membership membership = member();
    storage.holdsSaves = true;
    membership.merge(BUCKET, register);
    assertThat(effects).containsExactly("bucket b");
  }

  @Test
  void aFactWhoseSaveFailsDoesNotTakeEffect() {
    Membership membership = member();
    storage.holdsSaves = true;
    membership.merge(DEFAULTS, register);
    storage.saves.remove().done().completed(new StorageFailure("no disk"));
    assertThat(effects).isEmpty();
  }

  @Test
  void aSaveThatThrowsIsRepeated() {
    Membership membership = member();
    storage.onAppend = new UncheckedIOException(new IOException("a full disk"));
    membership.merge(DEFAULTS, register);
    assertThat(effects).isEmpty();
    storage.onAppend = null;
    world.pass(1_000);
    assertThat(effects).containsExactly("defaults");
  }

  @Test
  void theCallerHearsWhetherAFactIsDurable() {
    Membership membership = member();
    List<Boolean> durable = new ArrayList<>();
    membership.mergeDurably(BUCKET, new byte[] {99}, durable::add);
    assertThat(durable).containsExactly(false);
    storage.holdsSaves = true;
    membership.mergeDurably(DEFAULTS, register, durable::add);
    storage.saveNext();
    assertThat(durable).as("only its own save counts").containsExactly(false);
    storage.saveNext();
    assertThat(durable).containsExactly(false, true);
    membership.mergeDurably(DEFAULTS, register, durable::add);
    storage.saves.remove().done().completed(new StorageFailure("no disk"));
    assertThat(durable).containsExactly(false, true, false);
  }

  @Test
  void aPublishedFactIsDurableBeforeItIsKnown() {
    Membership membership = member();
    storage.holdsSaves = true;
    membership.publishDurably(DEFAULTS, register);
    assertThat(membership.knows(DEFAULTS)).isFalse();
    assertThat(ClusterMetadata.decode(storage.saves.element().bytes())).containsKey(DEFAULTS);
    storage.saveNext();
    assertThat(membership.knows(DEFAULTS)).isTrue();
  }

  @Test
  void theFactsOfTheLastProcessAreRestored() {
    member().merge(DEFAULTS, register);
    effects.clear();
    Membership next = member();
    assertThat(next.knows(DEFAULTS)).isTrue();
    assertThat(effects).containsExactly("defaults");
  }

  @Test
  void theLowerOfTwoProcessesOfOneIdEnds() {
    Membership membership = member();
    ProcessIncarnation own = membership.life();
    membership.onSameId(new ProcessIncarnation(own.incarnation() - 1, 1));
    assertThat(halts).isEmpty();
    membership.onSameId(new ProcessIncarnation(own.incarnation() + 1, 1));
    assertThat(halts).singleElement().asString().contains("another process");
  }

  @Test
  void aNodeThatNoMemberMentionsCountsAsDeadAfterAWhile() {
    Membership membership = member();
    UUID unknown = new UUID(0, 77);
    assertThat(membership.status(unknown)).isEqualTo(Status.DEAD);
    assertThat(membership.declaredDead(unknown)).isFalse();
    tick(membership, 60_000);
    assertThat(membership.declaredDead(unknown)).isTrue();
    assertThat(membership.declaredDead(ScriptedNode.SELF)).isFalse();
  }
}
