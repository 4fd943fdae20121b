package starling.node.runtime.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import starling.gossip.ProcessIncarnation;
import starling.node.port.Transport.Channel;

/**
 * Peers that are strangers, broken, hostile or dying: each is closed within a bound, told why where
 * it can be told, counted, and never reaches the node behind the network.
 */
class StrangersTest {
  private static final UUID HERE = new UUID(1, 1);
  private static final UUID ELSEWHERE = new UUID(2, 2);

  private final TestPeer.Directory directory = new TestPeer.Directory();
  private final List<AutoCloseable> started = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable each : started) {
      each.close();
    }
  }

  private <T extends AutoCloseable> T keep(T each) {
    started.add(each);
    return each;
  }

  private TestPeer start(int number) {
    return keep(TestPeer.start(number, directory));
  }

  private TestPeer start(int number, UnaryOperator<PeerNetworkConfig> change) {
    return keep(TestPeer.start(number, directory, change));
  }

  private RawPeer raw(TestPeer to) throws IOException {
    return keep(new RawPeer(to));
  }

  private static void assertUntouched(TestPeer node) {
    assertThat(node.events).isEmpty();
    assertThat(node.messages).isEmpty();
    assertThat(node.gossip).isEmpty();
    assertThat(node.statistics().controlConnections()).isZero();
    assertThat(node.statistics().dataConnections()).isZero();
  }

  private void refusedWith(TestPeer node, Hello hello, RejectionReason reason, String words)
      throws IOException {
    RawPeer stranger = raw(node);
    // What a stranger says right behind its greeting is not listened to either.
    stranger.frame(Frame.HELLO, hello.encode()).frame(Frame.MESSAGE, new byte[100]);
    HandshakeRejection refused = stranger.refusal();
    assertThat(refused.reason()).isEqualTo(reason);
    assertThat(refused.words()).contains(words);
    assertThat(stranger.ended()).isTrue();
    assertThat(node.statistics().refused(reason)).isPositive();
  }

  @Test
  void anotherClusterNameIsRefused() throws IOException {
    TestPeer node = start(1);
    Hello other =
        RawPeer.hello(
            "prod", null, TestPeer.id(2), new ProcessIncarnation(1, 2), 1, Channel.CONTROL);
    refusedWith(node, other, RejectionReason.CLUSTER_NAME, "'prod'");
    assertUntouched(node);
  }

  @Test
  void anotherClusterOfTheSameNameIsRefusedAndAnUnfoundedNodeIsNot() throws IOException {
    TestPeer node = keep(TestPeer.inCluster(1, HERE, directory));
    UUID id = TestPeer.id(2);
    ProcessIncarnation life = new ProcessIncarnation(1, 2);
    refusedWith(
        node,
        RawPeer.hello(TestPeer.CLUSTER, ELSEWHERE, id, life, 1, Channel.DATA),
        RejectionReason.CLUSTER_ID,
        ELSEWHERE.toString());
    assertUntouched(node);
    raw(node).greet(RawPeer.hello(TestPeer.CLUSTER, null, id, life, 2, Channel.DATA));
    await().until(() -> node.events.contains("connected 2 DATA"));
  }

  @Test
  void gossipPassesBetweenTwoClustersOfOneNameAndMessagesDoNot() throws IOException {
    TestPeer one = keep(TestPeer.inCluster(1, HERE, directory));
    TestPeer two = keep(TestPeer.inCluster(2, ELSEWHERE, directory));
    assertThat(one.gossip(two.address(), "who founded first")).isTrue();
    await().until(() -> two.gossip.contains(one.address() + " who founded first"));
    assertThat(two.send(one, Channel.CONTROL, "x")).isFalse();
    RawPeer foreigner =
        raw(one)
            .greet(
                RawPeer.hello(
                    TestPeer.CLUSTER,
                    ELSEWHERE,
                    TestPeer.id(3),
                    new ProcessIncarnation(1, 3),
                    1,
                    Channel.CONTROL))
            .frame(Frame.MESSAGE, new byte[1]);
    assertThat(foreigner.refusal().reason()).isEqualTo(RejectionReason.CLUSTER_ID);
    assertThat(one.messages).isEmpty();
    assertThat(two.messages).isEmpty();
  }

  @Test
  void clustersThatTurnOutToBeTwoArePartedWhenBothKnowTheirIds() {
    TestPeer one = start(1);
    TestPeer two = start(2);
    assertThat(one.send(two, Channel.DATA, "x")).isTrue();
    await().until(() -> two.messages.size() == 1);
    one.cluster = HERE;
    two.cluster = ELSEWHERE;
    await().until(() -> one.events.contains("disconnected 2 DATA"));
    await().until(() -> two.events.contains("disconnected 1 DATA"));
    assertThat(
            one.statistics().refused(RejectionReason.CLUSTER_ID)
                + two.statistics().refused(RejectionReason.CLUSTER_ID))
        .isPositive();
  }

  @Test
  void nodesThatJoinOneClusterWhileConnectedStayConnected() {
    TestPeer one = start(1);
    TestPeer two = start(2);
    assertThat(one.send(two, Channel.DATA, "x")).isTrue();
    await().until(() -> two.messages.size() == 1);
    long before = one.statistics().framesIn();
    one.cluster = HERE;
    two.cluster = HERE;
    await().until(() -> one.statistics().framesIn() == before + 1);
    assertThat(one.connected(two, Channel.DATA)).isTrue();
    assertThat(one.events).containsExactly("connected 2 DATA");
  }

  @Test
  void anUnknownVersionIsRefusedBeforeAnythingElseIsRead() throws IOException {
    TestPeer node = start(1);
    byte[] hello = RawPeer.hello(2, Channel.DATA).encode();
    // The layout behind the versions may be another one altogether.
    byte[] later = new byte[] {hello[0], hello[1], hello[2], hello[3], 4, 9, -1, -1};
    RawPeer peer = raw(node).frame(Frame.HELLO, later);
    HandshakeRejection refused = peer.refusal();
    assertThat(refused.reason()).isEqualTo(RejectionReason.VERSION);
    assertThat(refused.words()).contains("4 to 9 there and 3 here");
    assertThat(peer.ended()).isTrue();
    assertUntouched(node);
  }

  @Test
  void garbageIsRefused() throws IOException {
    TestPeer node = start(1);
    for (String garbage :
        List.of("GET / HTTP/1.1\r\n\r\n", "\0\0\0\5\1abcd", "\0\0\0\5\3abcd", "\0\0\0\0\0")) {
      RawPeer peer = raw(node).say(garbage.getBytes(StandardCharsets.ISO_8859_1));
      assertThat(peer.ended()).isTrue();
    }
    assertThat(node.statistics().refused(RejectionReason.MALFORMED)).isEqualTo(2);
    assertThat(node.statistics().refused(RejectionReason.TOO_LONG)).isEqualTo(2);
    assertUntouched(node);
  }

  @Test
  void randomBytesAndDamagedGreetingsNeverReachTheNode() throws IOException {
    TestPeer node = start(1);
    long seed = 20_261_120;
    SplittableRandom random = new SplittableRandom(seed);
    byte[] good = RawPeer.bytes(Frame.HELLO, RawPeer.hello(2, Channel.DATA).encode());
    for (int i = 0; i < 200; i++) {
      byte[] bytes;
      if (i % 2 == 0) {
        bytes = new byte[1 + random.nextInt(300)];
        random.nextBytes(bytes);
      } else {
        // In the length, the kind, the magic or the name; other versions and the other channel
        // would be greetings too.
        int damaged = random.nextInt(14);
        bytes = good.clone();
        bytes[damaged < 9 ? damaged : damaged + 3] ^= (byte) (1 << random.nextInt(8));
      }
      try (RawPeer peer = new RawPeer(node)) {
        peer.say(bytes).finish();
        assertThat(peer.ended()).as("seed %d, round %d", seed, i).isTrue();
      }
    }
    await().until(() -> node.onLoop(() -> node.network.openSockets()) == 0);
    assertThat(node.events).as("seed %d", seed).isEmpty();
    assertThat(node.messages).isEmpty();
  }

  @Test
  void aHugeLengthClosesTheConnectionBeforeAndAfterTheGreeting() throws IOException {
    TestPeer node = start(1);
    RawPeer early = raw(node).say(new byte[] {0x7f, -1, -1, -1});
    assertThat(early.refusal().reason()).isEqualTo(RejectionReason.TOO_LONG);
    assertThat(early.ended()).isTrue();
    RawPeer beyondAGreeting = raw(node).say(new byte[] {0, 0, 0x10, 1});
    assertThat(beyondAGreeting.ended()).isTrue();
    RawPeer late = raw(node).greet(RawPeer.hello(2, Channel.DATA));
    late.say(new byte[] {-1, -1, -1, -1});
    assertThat(late.refusal().reason()).isEqualTo(RejectionReason.TOO_LONG);
    assertThat(late.ended()).isTrue();
    assertThat(node.statistics().refused(RejectionReason.TOO_LONG)).isEqualTo(3);
    await().until(() -> node.events.contains("disconnected 2 DATA"));
    assertThat(node.messages).isEmpty();
  }

  @Test
  void halfAGreetingAndSilenceIsClosedInTime() throws IOException {
    PeerNetworkConfig.Deadlines quick =
        PeerNetworkConfig.Deadlines.DEFAULT.withGreeting(Duration.ofMillis(200));
    TestPeer node = start(1, c -> c.with(quick));
    byte[] hello = RawPeer.bytes(Frame.HELLO, RawPeer.hello(2, Channel.DATA).encode());
    RawPeer half = raw(node).say(Arrays.copyOf(hello, 40));
    RawPeer silent = raw(node);
    assertThat(half.refusal().reason()).isEqualTo(RejectionReason.SLOW);
    assertThat(half.ended()).isTrue();
    assertThat(silent.ended()).isTrue();
    assertThat(node.statistics().refused(RejectionReason.SLOW)).isEqualTo(2);
    assertUntouched(node);
  }

  @Test
  void aResetInTheMiddleOfAFrameHandsNothingOver() throws IOException {
    TestPeer node = start(1);
    RawPeer peer = raw(node).greet(RawPeer.hello(2, Channel.DATA));
    byte[] frame = RawPeer.bytes(Frame.MESSAGE, new byte[10_000]);
    peer.say(RawPeer.bytes(Frame.MESSAGE, new byte[] {'a'})).say(Arrays.copyOf(frame, 5_000));
    await().until(() -> node.messages.contains("2 DATA a"));
    peer.reset();
    await().until(() -> node.events.contains("disconnected 2 DATA"));
    assertThat(node.messages).hasSize(1);
    assertThat(node.connectedTo(2, Channel.DATA)).isFalse();
  }

  @Test
  void aSecondGreetingOrAnUnknownKindEndsAConnection() throws IOException {
    TestPeer node = start(1);
    byte[] hello = RawPeer.hello(2, Channel.DATA).encode();
    RawPeer twice = raw(node).greet(RawPeer.hello(2, Channel.DATA));
    assertThat(twice.frame(Frame.HELLO, hello).refusal().reason())
        .isEqualTo(RejectionReason.MALFORMED);
    RawPeer unknown = raw(node).greet(RawPeer.hello(3, Channel.DATA));
    assertThat(unknown.frame(99, hello).refusal().reason()).isEqualTo(RejectionReason.MALFORMED);
    RawPeer cut = raw(node).greet(RawPeer.hello(4, Channel.DATA));
    assertThat(cut.frame(Frame.CLUSTER, new byte[15]).refusal().reason())
        .isEqualTo(RejectionReason.MALFORMED);
    assertThat(node.messages).isEmpty();
  }

  @Test
  void aPeerThatStopsReadingFillsItsQueueAndIsThenTornDown() throws IOException {
    int bound = 1 << 20;
    PeerNetworkConfig.Deadlines quick =
        PeerNetworkConfig.Deadlines.DEFAULT.withSilence(
            Duration.ofMillis(200), Duration.ofMillis(1_000));
    TestPeer node =
        start(1, c -> c.with(quick).with(PeerNetworkConfig.Bounds.DEFAULT.withQueueBytes(bound)));
    RawPeer deaf = raw(node).greet(RawPeer.hello(2, Channel.DATA));
    await().until(() -> node.connectedTo(2, Channel.DATA));
    byte[] frame = new byte[100_000];
    int sent = 0;
    while (node.send(TestPeer.id(2), Channel.DATA, frame)) {
      assertThat(node.statistics().queuedBytes()).isLessThanOrEqualTo(bound);
      sent++;
    }
    assertThat(sent).isGreaterThanOrEqualTo(bound / frame.length);
    assertThat(node.statistics().framesDropped()).isEqualTo(1);
    // It says nothing either, and what waits for it can never be written.
    await().until(() -> node.events.contains("disconnected 2 DATA"));
    await().until(() -> node.onLoop(() -> node.network.openSockets()) == 0);
    assertThat(node.statistics().queuedBytes()).isZero();
    assertThat(deaf.ended()).isTrue();
  }

  @Test
  void whatWaitsForAllPeersTogetherIsBounded() throws IOException {
    long bound = 8 << 20;
    TestPeer node =
        start(1, c -> c.with(PeerNetworkConfig.Bounds.DEFAULT.withAllQueueBytes(bound)));
    byte[] frame = new byte[500_000];
    for (int i = 2; i <= 4; i++) {
      int peer = i;
      RawPeer unused = raw(node).greet(RawPeer.hello(peer, Channel.DATA));
      await().until(() -> node.connectedTo(peer, Channel.DATA));
      // One is always taken where nothing waits, so that each peer can be reached.
      assertThat(node.send(TestPeer.id(peer), Channel.DATA, frame)).isTrue();
      while (node.send(TestPeer.id(peer), Channel.DATA, frame)) {
        assertThat(node.statistics().queuedBytes()).isLessThanOrEqualTo(bound + 2L * frame.length);
      }
    }
    assertThat(node.statistics().queuedBytes())
        .isBetween(bound - 2L * frame.length, bound + 2L * frame.length);
  }

  @Test
  void refusingAPeerThatStopsReadingDoesNotKeepItsSocket() throws IOException {
    TestPeer node = start(1);
    RawPeer deaf = raw(node).greet(RawPeer.hello(2, Channel.DATA));
    await().until(() -> node.connectedTo(2, Channel.DATA));
    assertThat(node.send(TestPeer.id(2), Channel.DATA, new byte[30 << 20])).isTrue();
    deaf.frame(99, new byte[0]);
    await().until(() -> node.events.contains("disconnected 2 DATA"));
    await().until(() -> node.onLoop(() -> node.network.openSockets()) == 0);
    assertThat(node.statistics().queuedBytes()).isZero();
  }

  @Test
  void connectionsAreBoundedMoreTightlyBeforeTheGreeting() throws IOException {
    TestPeer node = start(1, c -> c.with(PeerNetworkConfig.Bounds.DEFAULT.withInbound(3, 2)));
    RawPeer first = raw(node);
    RawPeer second = raw(node);
    await().until(() -> node.onLoop(() -> node.network.openSockets()) == 2);
    assertThat(raw(node).ended()).isTrue();
    first.greet(RawPeer.hello(2, Channel.DATA));
    second.greet(RawPeer.hello(3, Channel.DATA));
    RawPeer third = raw(node).greet(RawPeer.hello(4, Channel.DATA));
    assertThat(raw(node).ended()).isTrue();
    third.close();
    await().until(() -> node.onLoop(() -> node.network.openSockets()) == 2);
    raw(node).greet(RawPeer.hello(5, Channel.DATA));
    assertThat(node.statistics().refused(RejectionReason.CROWDED)).isEqualTo(2);
  }

  @Test
  void twoProcessesWithOneIdBothHearOfEachOther() {
    TestPeer original = start(1);
    TestPeer.Directory ofTheCopy = new TestPeer.Directory();
    TestPeer copy = keep(TestPeer.living(1, new ProcessIncarnation(1, 77), ofTheCopy));
    assertThat(copy.gossip(original.address(), "it is me")).isTrue();
    await().until(() -> original.events.contains("same id 77"));
    await().until(() -> copy.events.contains("same id 1"));
    assertThat(original.gossip).isEmpty();
  }

  @Test
  void anEarlierLifeIsRefusedWhileALaterOneIsConnected() throws IOException {
    TestPeer node = start(1);
    UUID id = TestPeer.id(2);
    raw(node)
        .greet(
            RawPeer.hello(
                TestPeer.CLUSTER, null, id, new ProcessIncarnation(5, 50), 1, Channel.DATA));
    RawPeer replayed = raw(node);
    replayed.frame(
        Frame.HELLO,
        RawPeer.hello(TestPeer.CLUSTER, null, id, new ProcessIncarnation(4, 60), 9, Channel.DATA)
            .encode());
    assertThat(replayed.refusal().reason()).isEqualTo(RejectionReason.EARLIER_LIFE);
    raw(node)
        .greet(
            RawPeer.hello(
                TestPeer.CLUSTER, null, id, new ProcessIncarnation(6, 1), 1, Channel.DATA));
    await()
        .untilAsserted(
            () ->
                assertThat(node.events)
                    .containsExactly(
                        "connected 2 DATA", "disconnected 2 DATA", "connected 2 DATA"));
  }

  @Test
  void aProcessHearsOfALaterLifeOfItsIdFromAnyNode() throws IOException {
    TestPeer node = start(1);
    TestPeer original = start(2);
    assertThat(original.send(node, Channel.CONTROL, "before")).isTrue();
    await().until(() -> node.messages.contains("2 CONTROL before"));
    ProcessIncarnation later = new ProcessIncarnation(2, 77);
    raw(node).greet(RawPeer.hello(TestPeer.CLUSTER, null, original.id, later, 1, Channel.CONTROL));
    await().until(() -> original.events.contains("disconnected 1 CONTROL"));
    boolean unused = original.gossip(node.address(), "still here");
    await().until(() -> original.events.contains("later life 77"));
    assertThat(node.gossip).isEmpty();
  }

  @Test
  void aReplayedGreetingDoesNotEndTheConnectionThatStands() throws IOException {
    TestPeer node = start(1);
    Hello hello = RawPeer.hello(2, Channel.DATA);
    raw(node).greet(hello);
    RawPeer replayed = raw(node).frame(Frame.HELLO, hello.encode());
    assertThat(replayed.refusal().reason()).isEqualTo(RejectionReason.SECOND);
    assertThat(node.events).containsExactly("connected 2 DATA");
  }

  @Test
  void aNodeThatHasNotBegunItsLifeNeitherGreetsNorWelcomes() throws IOException {
    TestPeer unborn = keep(TestPeer.living(1, new ProcessIncarnation(0, 0), directory));
    TestPeer other = start(2);
    assertThat(unborn.send(other, Channel.DATA, "x")).isFalse();
    refusedWith(unborn, RawPeer.hello(3, Channel.DATA), RejectionReason.STARTING, "not started");
    assertUntouched(unborn);
  }

  @Test
  void aNodeIsNotHarmedByAListenerThatFails() throws IOException {
    TestPeer node = start(1);
    node.failing = true;
    RawPeer peer = raw(node).greet(RawPeer.hello(2, Channel.DATA));
    ByteArrayOutputStream two = new ByteArrayOutputStream();
    two.write(RawPeer.bytes(Frame.MESSAGE, new byte[] {'a'}));
    two.write(RawPeer.bytes(Frame.MESSAGE, new byte[] {'b'}));
    peer.say(two.toByteArray());
    assertThat(peer.ended()).isTrue();
    node.failing = false;
    raw(node).greet(RawPeer.hello(3, Channel.DATA)).frame(Frame.MESSAGE, new byte[] {'c'});
    await().until(() -> node.messages.contains("3 DATA c"));
    assertThat(node.messages).hasSize(1);
  }
}
