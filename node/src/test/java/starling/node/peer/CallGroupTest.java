package starling.node.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import starling.node.metrics.NodeCounters;
import starling.node.metrics.WaitingBytes;
import starling.node.peer.message.ChunkOffer;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.Declined;
import starling.node.peer.message.Done;
import starling.node.peer.message.Forget;
import starling.node.peer.message.OtherBucket;
import starling.node.peer.message.OtherRing;
import starling.node.peer.message.PeerMessage;
import starling.node.peer.message.Probe;
import starling.node.peer.message.Request;
import starling.node.peer.message.Took;
import starling.node.port.Clock;
import starling.node.port.Timers;
import starling.node.port.Transport;
import starling.node.version.HybridClock;

class CallGroupTest {
  private static final UUID A = new UUID(0, 1);
  private static final UUID B = new UUID(0, 2);
  private static final int TIMEOUT_MILLIS = 500;
  private static final int FRAME_BYTES = 1 << 16;

  private final World world = new World();
  private final List<String> heard = new ArrayList<>();
  private final List<String> joined = new ArrayList<>();
  private boolean joins = true;
  private final PeerClient peers =
      new PeerClient(
          world,
          new PendingCalls(8, new SplittableRandom(7)),
          world,
          new HybridClock(0, 1_000, 1_000),
          1_000_000_000L,
          new NodeCounters(),
          FRAME_BYTES,
          new WaitingBytes(1 << 20),
          (from, message, took, held) -> {});
  private final CallGroup group =
      new CallGroup(peers, new Views(), new DeadlineWheel(world, world));
  private long lastCall;

  private final class Views implements CallGroup.ViewListener {
    @Override
    public boolean onOtherRing(UUID peer, byte[] facts) {
      joined.add("ring of " + peer.getLeastSignificantBits());
      return joins;
    }

    @Override
    public boolean onOtherBucket(UUID peer, OtherBucket answer) {
      joined.add("register of " + answer.bucket());
      return joins;
    }
  }

  /** Time that the test moves, and a transport that takes every frame of a connected peer. */
  private static final class World implements Clock, Timers, Transport {
    private record Event(long at, Runnable task) {}

    private final PriorityQueue<Event> events =
        new PriorityQueue<>((a, b) -> Long.compare(a.at, b.at));
    private final List<PeerMessage> sent = new ArrayList<>();
    private long now;
    private boolean connected = true;

    @Override
    public long nanoTime() {
      return now;
    }

    @Override
    public long wallMillis() {
      return 1_000 + now / 1_000_000;
    }

    @Override
    public Timer after(long delayNanos, Runnable task) {
      Event event = new Event(now + delayNanos, task);
      events.add(event);
      return () -> events.remove(event);
    }

    @Override
    public boolean send(UUID peer, Channel channel, byte[] frame) {
      if (connected) {
        sent.add(PeerCodec.decode(frame));
      }
      return connected;
    }

    @Override
    public boolean connected(UUID peer, Channel channel) {
      return connected;
    }

    void pass(long millis) {
      long until = now + millis * 1_000_000L;
      while (!events.isEmpty() && events.peek().at <= until) {
        Event event = events.remove();
        now = Math.max(now, event.at);
        event.task.run();
      }
      now = until;
    }
  }

  private boolean ask(UUID node) {
    return group.ask(node, this::probe, Done.class, done -> heard.add("done"), this::failed);
  }

  private boolean askWithTimeout(UUID node) {
    return group.ask(
        node, this::probe, TIMEOUT_MILLIS, Done.class, done -> heard.add("done"), this::failed);
  }

  private Request probe(long call) {
    lastCall = call;
    return new Probe(call, TIMEOUT_MILLIS, 0);
  }

  private void failed(CallFailure failure) {
    heard.add(failure.toString());
  }

  @Test
  void theResponseThatWasAskedForEndsTheCall() {
    assertThat(ask(A)).isTrue();
    assertThat(group.waits()).isTrue();
    peers.onAnswer(A, new Done(lastCall));
    peers.onAnswer(A, new Done(lastCall));
    assertThat(heard).containsExactly("done");
    assertThat(group.waits()).isFalse();
    assertThat(group.sent()).isEqualTo(1);
  }

  @Test
  void whatWasSurelyNotSentIsToldByNoCallback() {
    world.connected = false;
    assertThat(ask(A)).isFalse();
    assertThat(askWithTimeout(A)).isFalse();
    world.pass(10 * TIMEOUT_MILLIS);
    assertThat(heard).isEmpty();
    assertThat(group.sent()).isZero();
  }

  @Test
  void aDeclineCarriesItsReason() {
    ask(A);
    peers.onAnswer(A, new Declined(lastCall, DeclineReason.STORAGE_FULL, "the disk is full"));
    assertThat(heard).containsExactly("Declined[reason=STORAGE_FULL, detail=the disk is full]");
  }

  @Test
  void anotherRingOrRegisterIsJoinedFirst() {
    ask(A);
    peers.onAnswer(A, new OtherRing(lastCall, new byte[0]));
    joins = false;
    ask(A);
    peers.onAnswer(A, new OtherBucket(lastCall, "b", new byte[0]));
    assertThat(joined).containsExactly("ring of 1", "register of b");
    assertThat(heard).containsExactly("OtherRing[joined=true]", "OtherBucket[joined=false]");
  }

  @Test
  void aResponseOfAnotherKindTellsNothing() {
    ask(A);
    peers.onAnswer(A, new Took(lastCall));
    assertThat(heard).containsExactly("LOST");
  }

  @Test
  void aBrokenConnectionLosesTheCallsToItsPeer() {
    ask(A);
    ask(B);
    peers.lose(A);
    assertThat(heard).containsExactly("LOST");
    assertThat(group.waits()).isTrue();
  }

  @Test
  void aCallEndsByItsTimeoutOnce() {
    askWithTimeout(A);
    world.pass(2 * TIMEOUT_MILLIS);
    peers.onAnswer(A, new Done(lastCall));
    assertThat(heard).containsExactly("TIMED_OUT");
    askWithTimeout(A);
    peers.onAnswer(A, new Done(lastCall));
    world.pass(2 * TIMEOUT_MILLIS);
    assertThat(heard).containsExactly("TIMED_OUT", "done");
  }

  @Test
  void aClosedGroupHearsOfNoCall() {
    group.timeout(TIMEOUT_MILLIS, () -> heard.add("timeout of the group"));
    ask(A);
    long first = lastCall;
    askWithTimeout(B);
    group.close();
    peers.onAnswer(A, new Done(first));
    peers.lose(B);
    world.pass(10 * TIMEOUT_MILLIS);
    assertThat(heard).isEmpty();
  }

  @Test
  void callsThatAreGivenUpAreToldToTheirPeers() {
    ask(A);
    group.giveUp();
    assertThat(world.sent).last().isEqualTo(new Forget(lastCall));
    assertThat(group.waits()).isFalse();
  }

  @Test
  void theTimeoutOfTheGroupBeginsAnew() {
    group.timeout(TIMEOUT_MILLIS, () -> heard.add("first"));
    world.pass(TIMEOUT_MILLIS / 2);
    group.timeout(TIMEOUT_MILLIS, () -> heard.add("second"));
    world.pass(TIMEOUT_MILLIS / 2 + 20);
    assertThat(heard).isEmpty();
    world.pass(TIMEOUT_MILLIS);
    assertThat(heard).containsExactly("second");
  }

  @Test
  void aLongMessageOnItsWayProlongsTheTimeout() {
    group.timeoutProlonged(TIMEOUT_MILLIS, () -> heard.add("timeout"));
    ask(A);
    peers.onChunked(A, new ChunkOffer(1, 2 * FRAME_BYTES));
    world.pass(2 * TIMEOUT_MILLIS);
    assertThat(heard).isEmpty();
    world.pass(2L * PeerClient.MAX_LONGER * TIMEOUT_MILLIS);
    assertThat(heard).containsExactly("timeout");
  }
}
