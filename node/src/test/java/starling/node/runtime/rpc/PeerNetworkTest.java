package starling.node.runtime.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import starling.gossip.Address;
import starling.gossip.ProcessIncarnation;
import starling.node.port.Transport;
import starling.node.port.Transport.Channel;

/**
 * Healthy nodes on real sockets: what they exchange, over how many connections, after which end.
 */
class PeerNetworkTest {
  private final TestPeer.Directory directory = new TestPeer.Directory();
  private final List<AutoCloseable> started = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable each : started) {
      each.close();
    }
  }

  private TestPeer start(int number) {
    return keep(TestPeer.start(number, directory));
  }

  private <T extends AutoCloseable> T keep(T peer) {
    started.add(peer);
    return peer;
  }

  private static void awaitOneConnectionPerChannel(TestPeer... peers) {
    await()
        .untilAsserted(
            () -> {
              for (TestPeer peer : peers) {
                PeerStatistics now = peer.statistics();
                assertThat(now.controlConnections()).isEqualTo(peers.length - 1);
                assertThat(now.dataConnections()).isEqualTo(peers.length - 1);
              }
            });
  }

  @Test
  void twoNodesExchangeFramesBothWaysOverOneConnectionPerChannel() {
    TestPeer one = start(1);
    TestPeer two = start(2);
    assertThat(one.send(two, Channel.DATA, "first")).isTrue();
    await().until(() -> two.messages.contains("1 DATA first"));
    assertThat(two.send(one, Channel.DATA, "back")).isTrue();
    assertThat(two.send(one, Channel.CONTROL, "aside")).isTrue();
    await().until(() -> one.messages.size() == 2);
    assertThat(one.send(two, Channel.CONTROL, "there")).isTrue();
    await().until(() -> two.messages.contains("1 CONTROL there"));
    assertThat(one.messages).containsExactlyInAnyOrder("2 DATA back", "2 CONTROL aside");
    awaitOneConnectionPerChannel(one, two);
    assertThat(one.events).containsExactly("connected 2 DATA", "connected 2 CONTROL");
    assertThat(one.statistics().framesDropped()).isZero();
  }

  @Test
  void datagramsTravelBesideTheConnections() {
    TestPeer one = start(1);
    TestPeer two = start(2);
    // Some may be lost, as datagrams may.
    await()
        .until(
            () -> {
              one.datagram(two.address(), "ping");
              return two.datagrams.contains(one.address() + " ping");
            });
    await()
        .until(
            () -> {
              two.datagram(one.address(), "pong");
              return one.datagrams.contains(two.address() + " pong");
            });
    assertThat(one.statistics().controlConnections()).isZero();
    one.datagram(new Address("no.such.host.invalid", 7946), "lost");
    one.datagram(one.address(), "to itself");
    assertThat(one.send(two, Channel.DATA, "goes on")).isTrue();
    await().until(() -> two.messages.contains("1 DATA goes on"));
    assertThat(one.datagrams).noneMatch(each -> each.contains("itself"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"::1", "::"})
  void aNodeMayListenOnIpv6(String host) {
    assumeThat(hasIpv6()).as("this machine has an IPv6 loopback address").isTrue();
    TestPeer one = keep(TestPeer.at(host, 1, directory));
    TestPeer two = keep(TestPeer.at(host, 2, directory));
    Address loopback = new Address("::1", two.port);
    await()
        .until(
            () -> {
              one.datagram(loopback, "ping");
              return two.datagrams.stream().anyMatch(each -> each.endsWith(" ping"));
            });
    directory.put(two.id, loopback);
    assertThat(one.send(two, Channel.DATA, "frame")).isTrue();
    await().until(() -> two.messages.contains("1 DATA frame"));
  }

  private static boolean hasIpv6() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getAllByName("::1")[0])) {
      return socket.isBound();
    } catch (IOException e) {
      System.err.println("SKIPPED: this machine has no IPv6 loopback address");
      return false;
    }
  }

  @Test
  void threeNodesHaveOneConnectionPerPairAndChannel() {
    TestPeer[] peers = {start(1), start(2), start(3)};
    for (TestPeer from : peers) {
      for (TestPeer to : peers) {
        for (Channel channel : Channel.values()) {
          if (from != to) {
            assertThat(from.send(to, channel, "hello")).isTrue();
          }
        }
      }
    }
    for (TestPeer peer : peers) {
      await().untilAsserted(() -> assertThat(peer.messages).hasSize(4).doesNotHaveDuplicates());
    }
    awaitOneConnectionPerChannel(peers);
  }

  @Test
  void whenBothDialAtOnceNothingIsLostAndOneConnectionStays() {
    for (int round = 1; round <= 10; round++) {
      TestPeer.Directory here = new TestPeer.Directory();
      try (TestPeer lower = TestPeer.start(2 * round, here);
          TestPeer higher = TestPeer.start(2 * round + 1, here)) {
        IntStream.range(0, 2)
            .parallel()
            .forEach(
                i -> {
                  TestPeer from = i == 0 ? lower : higher;
                  assertThat(from.send(i == 0 ? higher : lower, Channel.DATA, "crossing")).isTrue();
                });
        await().until(() -> lower.messages.size() == 1 && higher.messages.size() == 1);
        await().until(() -> lower.statistics().dataConnections() == 1);
        await().until(() -> higher.statistics().dataConnections() == 1);
        assertThat(lower.events).containsExactly("connected " + (2 * round + 1) + " DATA");
        assertThat(higher.events).containsExactly("connected " + 2 * round + " DATA");
      }
    }
  }

  @Test
  void nodesThatKnowEachOtherByOtherNamesEndWithOneConnection() {
    for (int round = 1; round <= 5; round++) {
      TestPeer.Directory here = new TestPeer.Directory();
      try (TestPeer lower = TestPeer.start(2 * round, here);
          TestPeer higher = TestPeer.start(2 * round + 1, here)) {
        IntStream.range(0, 2)
            .parallel()
            .forEach(
                i -> {
                  TestPeer from = i == 0 ? lower : higher;
                  int port = i == 0 ? higher.port : lower.port;
                  boolean unused = from.gossip(new Address("localhost", port), "crossing");
                });
        await()
            .untilAsserted(
                () -> {
                  assertThat(lower.gossip(higher.address(), "on")).isTrue();
                  assertThat(higher.gossip(lower.address(), "on")).isTrue();
                  assertThat(lower.gossip).contains(higher.address() + " on");
                  assertThat(higher.gossip).contains(lower.address() + " on");
                });
        assertThat(lower.statistics().controlConnections()).isEqualTo(1);
        assertThat(higher.statistics().controlConnections()).isEqualTo(1);
      }
    }
  }

  @Test
  void gossipReachesASeedWhoseIdIsNotKnownAndComesBackOnTheSameConnection() {
    TestPeer seed = start(1);
    TestPeer newcomer = start(2);
    directory.clear();
    assertThat(newcomer.gossip(seed.address(), "who is there")).isTrue();
    await().until(() -> seed.gossip.contains(newcomer.address() + " who is there"));
    assertThat(seed.gossip(newcomer.address(), "I am")).isTrue();
    await().until(() -> newcomer.gossip.contains(seed.address() + " I am"));
    assertThat(seed.statistics().controlConnections()).isEqualTo(1);
  }

  @Test
  void gossipToOneNodeUnderTwoNamesKeepsOneConnection() {
    TestPeer one = start(1);
    TestPeer two = start(2);
    Address otherName = new Address("localhost", two.port);
    for (int i = 0; i < 10; i++) {
      int round = i;
      assertThat(one.gossip(otherName, "other " + round)).isTrue();
      await().until(() -> two.gossip.contains(one.address() + " other " + round));
      assertThat(one.gossip(two.address(), "own " + round)).isTrue();
      await().until(() -> two.gossip.contains(one.address() + " own " + round));
    }
    assertThat(one.events).containsExactly("connected 2 CONTROL");
    assertThat(two.events).containsExactly("connected 1 CONTROL");
  }

  @Test
  void aSeedThatIsTheNodeItselfIsFoundOutAndLeftAlone() {
    TestPeer lone = start(1);
    Address otherName = new Address("localhost", lone.port);
    assertThat(lone.gossip(lone.address(), "x")).isFalse();
    assertThat(lone.gossip(otherName, "x")).isTrue();
    await().until(() -> lone.statistics().refused(RejectionReason.SAME_ID) == 1);
    await().until(() -> lone.statistics().framesDropped() >= 2);
    assertThat(lone.gossip(otherName, "x")).isFalse();
    assertThat(lone.events).isEmpty();
    assertThat(lone.gossip).isEmpty();
  }

  @Test
  void tenThousandFramesKeepTheirOrderAndTravelInBatches() {
    TestPeer one = start(1);
    TestPeer two = start(2);
    int count = 10_000;
    assertThat(one.send(two, Channel.DATA, "begin")).isTrue();
    await().until(() -> two.messages.size() == 1);
    int before = two.batches.get();
    one.onLoop(
        () -> {
          for (int i = 0; i < count; i++) {
            byte[] frame = Integer.toString(i).getBytes(StandardCharsets.UTF_8);
            assertThat(one.network.send(two.id, Channel.DATA, frame)).isTrue();
          }
          return true;
        });
    await().until(() -> two.messages.size() == count + 1);
    assertThat(two.messages.subList(1, count + 1))
        .containsExactlyElementsOf(IntStream.range(0, count).mapToObj(i -> "1 DATA " + i).toList());
    assertThat(two.batches.get() - before).isLessThan(count / 100);
  }

  @Test
  void aLargeFrameArrivesWholeAndOneBeyondTheBoundIsNotSent() {
    TestPeer one = start(1);
    TestPeer two = start(2);
    byte[] large = "x".repeat(24 << 20).getBytes(StandardCharsets.UTF_8);
    assertThat(one.send(two.id, Channel.DATA, large)).isTrue();
    await().atMost(Duration.ofSeconds(20)).until(() -> two.messages.size() == 1);
    assertThat(two.messages.get(0)).hasSize("1 DATA ".length() + large.length);
    assertThat(one.send(two.id, Channel.DATA, new byte[Transport.MAX_FRAME_BYTES])).isFalse();
    assertThat(one.connected(two, Channel.DATA)).isTrue();
  }

  @Test
  void aNodeThatWasKilledIsReachedAgainWhenItIsBack() {
    TestPeer one = start(1);
    TestPeer two = TestPeer.start(2, directory);
    assertThat(one.send(two, Channel.DATA, "before")).isTrue();
    await().until(() -> two.messages.size() == 1);
    two.kill();
    await().until(() -> one.events.contains("disconnected 2 DATA"));
    assertThat(one.connected(two, Channel.DATA)).isFalse();
    boolean unused = one.send(two, Channel.DATA, "meanwhile");
    await().until(() -> one.events.contains("unreachable 2"));
    TestPeer back = keep(two.again(directory));
    await()
        .untilAsserted(
            () -> {
              assertThat(one.send(two, Channel.DATA, "after")).isTrue();
              assertThat(back.messages).contains("1 DATA after");
            });
    assertThat(one.statistics().dataConnections()).isEqualTo(1);
  }

  @Test
  void aMessageWaitsForAFirstTryButNotForOneAfterAFailure() throws Exception {
    TestPeer one = start(1);
    UUID nobody = TestPeer.id(9);
    int free;
    try (ServerSocket taken = new ServerSocket(0)) {
      free = taken.getLocalPort();
    }
    directory.put(nobody, new Address("127.0.0.1", free));
    assertThat(one.send(nobody, Channel.DATA, new byte[1])).isTrue();
    await().until(() -> one.events.contains("disconnected 9 DATA"));
    await().until(() -> one.events.contains("unreachable 9"));
    assertThat(one.send(nobody, Channel.DATA, new byte[1])).isFalse();
    await()
        .untilAsserted(
            () -> {
              assertThat(one.send(nobody, Channel.DATA, new byte[1])).isFalse();
              assertThat(one.statistics().dialsFailed()).isGreaterThan(2);
            });
    assertThat(one.events.stream().filter("disconnected 9 DATA"::equals)).hasSize(1);
  }

  @Test
  void onlyARefusalSaysThatNoProcessListensAtAnAddress() {
    TestPeer one = start(1);
    UUID unknown = TestPeer.id(9);
    directory.put(unknown, new Address("no.such.host.invalid", 7946));
    assertThat(one.send(unknown, Channel.DATA, new byte[1])).isTrue();
    await().until(() -> one.events.contains("disconnected 9 DATA"));
    await().until(() -> one.statistics().dialsFailed() > 0);
    assertThat(one.events).doesNotContain("unreachable 9");
  }

  @Test
  void nothingIsSentToANodeWhoseAddressIsNotKnownOrToItself() {
    TestPeer one = start(1);
    assertThat(one.send(TestPeer.id(5), Channel.DATA, new byte[1])).isFalse();
    assertThat(one.send(one.id, Channel.DATA, new byte[1])).isFalse();
    assertThat(one.statistics().framesDropped()).isEqualTo(2);
  }

  @Test
  void aNodeThatMovesIsDialledAtItsNewAddress() {
    TestPeer one = start(1);
    TestPeer.Directory elsewhere = new TestPeer.Directory();
    TestPeer two = start(2);
    assertThat(one.send(two, Channel.DATA, "here")).isTrue();
    await().until(() -> two.messages.size() == 1);
    TestPeer moved = keep(TestPeer.living(2, new ProcessIncarnation(2, 22), elsewhere));
    directory.put(two.id, moved.address());
    await()
        .untilAsserted(
            () -> {
              assertThat(one.send(two, Channel.DATA, "there")).isTrue();
              assertThat(moved.messages).contains("1 DATA there");
            });
    assertThat(one.statistics().dataConnections()).isEqualTo(1);
  }

  @Test
  void anotherNodeAtAnAddressIsNotTakenForTheExpectedOne() {
    TestPeer one = start(1);
    TestPeer two = start(2);
    UUID gone = TestPeer.id(8);
    directory.put(gone, two.address());
    assertThat(one.send(gone, Channel.DATA, new byte[1])).isTrue();
    await().until(() -> one.events.contains("unreachable 8"));
    assertThat(one.statistics().refused(RejectionReason.WRONG_NODE)).isEqualTo(1);
    assertThat(two.messages).isEmpty();
    assertThat(one.send(two, Channel.CONTROL, "you")).isTrue();
    await().until(() -> two.messages.contains("1 CONTROL you"));
  }

  @Test
  void goodbyeEndsAConnectionAtOnce() {
    TestPeer one = start(1);
    TestPeer two = TestPeer.start(2, directory);
    assertThat(one.send(two, Channel.CONTROL, "x")).isTrue();
    await().until(() -> two.messages.size() == 1);
    two.close();
    await().until(() -> one.events.contains("disconnected 2 CONTROL"));
  }

  @Test
  void connectionsThatCarryNothingAreKeptAlive() {
    Duration soon = Duration.ofMillis(100);
    PeerNetworkConfig.Deadlines quick =
        PeerNetworkConfig.Deadlines.DEFAULT.withSilence(soon, Duration.ofMillis(900));
    TestPeer one = keep(TestPeer.start(1, directory, c -> c.with(quick)));
    TestPeer two = keep(TestPeer.start(2, directory, c -> c.with(quick)));
    assertThat(one.send(two, Channel.CONTROL, "x")).isTrue();
    await().until(() -> two.messages.size() == 1);
    long before = two.statistics().framesIn();
    await().until(() -> two.statistics().framesIn() >= before + 6);
    assertThat(one.events).containsExactly("connected 2 CONTROL");
  }
}
