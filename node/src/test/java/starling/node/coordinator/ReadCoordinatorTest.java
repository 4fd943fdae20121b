package starling.node.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import starling.node.ScriptedNode;
import starling.node.ScriptedNode.Sent;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.Declined;
import starling.node.peer.message.Fetch;
import starling.node.peer.message.FetchPart;
import starling.node.peer.message.Holds;
import starling.node.peer.message.Store;
import starling.node.peer.message.StorePurpose;
import starling.node.request.BucketProperties;
import starling.node.request.ReadOutcome;
import starling.node.request.ReadRequest;
import starling.node.request.Rejection;
import starling.node.request.RequestOptions;
import starling.node.storage.Key;
import starling.node.version.Actor;
import starling.node.version.Content;
import starling.node.version.Dot;
import starling.node.version.Past;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;
import starling.node.version.Version;
import starling.wire.ProblemKind;

class ReadCoordinatorTest {
  private static final int TIMEOUT_MILLIS = BucketProperties.DEFAULT.timeoutMillis();
  private static final Siblings OLD = value(new Actor(7, 7), 10);
  private static final Siblings OTHER = value(new Actor(8, 8), 20);

  private final ScriptedNode node = new ScriptedNode().serving();
  private final ReadCoordinator reads = new ScriptedCoordinators(node).reads;
  private final Key key = node.notMine();
  private final List<UUID> primaries =
      node.cluster.ring().preferenceList(node.partition(key), BucketProperties.DEFAULT.n());
  private @Nullable ReadOutcome outcome;

  private static Siblings value(Actor actor, int counter) {
    Content content = Content.json(String.valueOf(counter).getBytes(StandardCharsets.UTF_8));
    return Siblings.EMPTY.write(Past.EMPTY, new Version(new Dot(actor, counter), content));
  }

  @BeforeEach
  void allWereHeard() {
    node.cluster.otherNodes().forEach(peer -> node.peers.heard(peer, node.nanoTime()));
  }

  private void read(@Nullable String context) {
    reads.read(
        new ReadRequest("r1", key.bucket(), key.bytes(), context, RequestOptions.NONE),
        told -> {
          assertThat(outcome).as("one outcome").isNull();
          outcome = told;
        });
  }

  private void read() {
    read(null);
  }

  private List<FetchPart> parts() {
    return node.sent.stream().map(sent -> ((Fetch) sent.message()).part()).toList();
  }

  /** Answers the oldest question as a replica that holds this set. */
  private UUID holds(Siblings set, boolean complete) {
    Sent asked = node.sent.get(0);
    boolean whole = ((Fetch) asked.message()).part() == FetchPart.WHOLE;
    node.answer(
        call -> new Holds(call, complete, set.hash(), whole ? SiblingsCodec.encode(set) : null));
    return asked.to();
  }

  private UUID holds(Siblings set) {
    return holds(set, true);
  }

  private ReadOutcome.Found found() {
    assertThat(outcome).isInstanceOf(ReadOutcome.Found.class);
    return (ReadOutcome.Found) outcome;
  }

  private Rejection rejection() {
    assertThat(outcome).isInstanceOf(ReadOutcome.Rejected.class);
    return ((ReadOutcome.Rejected) outcome).rejection();
  }

  @Test
  void oneReplicaSendsItsSetAndAnotherItsHash() {
    read();
    assertThat(parts()).containsExactlyInAnyOrder(FetchPart.WHOLE, FetchPart.DIGEST);
    assertThat(primaries).containsAll(node.sent.stream().map(Sent::to).toList());
    holds(OLD);
    assertThat(outcome).as("one of two").isNull();
    holds(OLD);
    assertThat(found().values()).isEqualTo(OLD.values());
    assertThat(found().versionHash()).isEqualTo(OLD.hash());
    assertThat(node.sent).as("nothing to repair").isEmpty();
  }

  @Test
  void aKeyThatNoReplicaKnowsIsMissing() {
    read();
    holds(Siblings.EMPTY);
    holds(Siblings.EMPTY);
    assertThat(outcome)
        .isInstanceOfSatisfying(
            ReadOutcome.Missing.class, missing -> assertThat(missing.deleted()).isFalse());
  }

  @Test
  void setsThatDifferAreJoinedAndTheStaleReplicasRepaired() {
    read();
    List<UUID> asked = new ArrayList<>(List.of(holds(OLD), holds(OTHER)));
    assertThat(outcome).as("a hash is no set").isNull();
    while (outcome == null) {
      UUID next = node.sent.get(0).to();
      holds(next.equals(asked.get(0)) ? OLD : OTHER);
    }
    Siblings joined = OLD.join(OTHER);
    assertThat(found().values()).isEqualTo(joined.values());
    List<UUID> repaired = new ArrayList<>();
    for (Sent sent : node.sent) {
      Store store = (Store) sent.message();
      assertThat(store.purpose()).isEqualTo(StorePurpose.REPAIR);
      assertThat(SiblingsCodec.decode(store.set())).isEqualTo(joined);
      repaired.add(sent.to());
    }
    assertThat(repaired).containsAll(asked);
  }

  @Test
  void anIncompleteReplicaJoinsTheAnswerAndDoesNotCount() {
    read();
    holds(OLD);
    holds(OLD, false);
    assertThat(outcome).isNull();
    assertThat(node.sent).as("the third is asked").isNotEmpty();
    holds(OLD);
    assertThat(found().values()).isEqualTo(OLD.values());
  }

  @Test
  void aReplicaThatDeclinesIsReplacedByAnother() {
    read();
    node.answer(call -> new Declined(call, DeclineReason.OVERLOADED, "for a test"));
    assertThat(node.sent).hasSize(2);
    while (outcome == null) {
      holds(OLD);
    }
    assertThat(found().values()).isEqualTo(OLD.values());
  }

  @Test
  void aReplicaWhoseConnectionBreaksIsReplacedByAnother() {
    read();
    UUID lost = node.sent.remove(0).to();
    node.peers.lose(lost);
    assertThat(node.sent).hasSize(2).noneMatch(sent -> sent.to().equals(lost));
    while (outcome == null) {
      holds(OLD);
    }
    assertThat(found().values()).isEqualTo(OLD.values());
  }

  @Test
  void aFallbackThatKnowsNothingOfTheKeyIsNoAnswer() {
    node.disconnected.addAll(primaries.subList(0, 2));
    read();
    while (!node.sent.isEmpty()) {
      holds(Siblings.EMPTY);
    }
    node.pass(TIMEOUT_MILLIS + 100);
    assertThat(rejection().kind()).isEqualTo(ProblemKind.UNAVAILABLE);
    assertThat(rejection().required()).isEqualTo(2);
  }

  @Test
  void aReadThatTooFewAnswerInTimeNamesThoseThatDid() {
    read();
    UUID answered = holds(OLD);
    UUID silent = node.sent.get(0).to();
    node.pass(TIMEOUT_MILLIS + 100);
    assertThat(rejection().kind()).isEqualTo(ProblemKind.TIMEOUT);
    assertThat(rejection().acknowledged())
        .contains(node.cluster.name(answered))
        .doesNotContain(node.cluster.name(silent));
    assertThat(rejection().required()).isEqualTo(2);
  }

  @Test
  void anAnswerAfterTheTimeoutChangesNothing() {
    read();
    node.pass(TIMEOUT_MILLIS + 100);
    ReadOutcome told = outcome;
    while (!node.sent.isEmpty()) {
      holds(OLD);
    }
    assertThat(outcome).isSameAs(told);
  }

  @Test
  void aContextThatNobodyHasMadeIsRejectedBeforeAnyReplicaIsAsked() {
    read("no context");
    assertThat(rejection().kind().status()).isEqualTo(400);
    assertThat(node.sent).isEmpty();
  }

  @Test
  void aReadWithAContextIsAnsweredOnceTheAnswerCoversIt() {
    Siblings newer = OLD.join(OTHER);
    BucketProperties properties = node.cluster.bucket(key.bucket());
    read(node.cluster.contexts().ofRead(key, properties, newer));
    holds(OLD);
    holds(OLD);
    assertThat(outcome).as("both are behind").isNull();
    for (int i = 0; outcome == null && i < 20; i++) {
      if (node.sent.isEmpty()) {
        node.pass(100);
      } else {
        holds(newer);
      }
    }
    assertThat(found().values()).isEqualTo(newer.values());
  }
}
