package starling.node.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import starling.node.metrics.WaitingBytes;
import starling.node.peer.message.Chunk;
import starling.node.peer.message.ChunkOffer;
import starling.node.peer.message.ChunkRejection;
import starling.node.peer.message.ChunkWithdrawal;
import starling.node.peer.message.Chunked;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.PeerMessage;

class ChunkedMessagesTest {
  private static final int CHUNK = 1_000;
  private static final long SECOND = 1_000_000_000L;
  private static final int ROOM = 100_000;

  private final Random random = new Random(7);
  private long now = 5 * SECOND;

  /** One node, and what was sent to it and has not arrived. */
  private final class Side implements ChunkedMessages.Port {
    final UUID id = new UUID(0, random.nextLong());
    final WaitingBytes room = new WaitingBytes(ROOM);
    final ChunkedMessages chunked = new ChunkedMessages(CHUNK, room, 100, now, this);
    final Deque<Chunked> inbox = new ArrayDeque<>();
    final List<byte[]> whole = new ArrayList<>();
    final List<String> undelivered = new ArrayList<>();
    final List<Chunked> heard = new ArrayList<>();
    Side peer = this;
    boolean full;
    boolean deaf;

    @Override
    public boolean send(UUID to, PeerMessage message) {
      assertThat(to).isEqualTo(peer.id);
      if (full) {
        return false;
      }
      // As on the wire, so that no array is shared.
      peer.inbox.add((Chunked) PeerCodec.decode(PeerCodec.encode(message)));
      return true;
    }

    @Override
    public void onMessage(UUID from, byte[] message, byte @Nullable [] tail, long tookNanos) {
      assertThat(tookNanos).isNotNegative();
      whole.add(message);
    }

    @Override
    public void onUndelivered(
        UUID to, long call, boolean question, DeclineReason reason, String detail) {
      undelivered.add(call + " " + reason + ": " + detail);
    }

    boolean send(byte[] message, long call) {
      int cut = Math.min(message.length, 70);
      byte[] head = Arrays.copyOf(message, cut);
      byte[] tail = Arrays.copyOfRange(message, cut, message.length);
      return chunked.send(peer.id, head, tail, call, true, now);
    }

    /** Takes one frame; false if there is none. */
    boolean take() {
      Chunked next = deaf ? null : inbox.poll();
      if (next == null) {
        return false;
      }
      heard.add(next);
      chunked.on(peer.id, next, now);
      return true;
    }
  }

  private final Side a = new Side();
  private final Side b = new Side();

  ChunkedMessagesTest() {
    a.peer = b;
    b.peer = a;
  }

  private void run() {
    boolean moved = true;
    while (moved) {
      moved = a.take();
      moved |= b.take();
    }
  }

  private void pass(long nanos) {
    for (long left = nanos; left > 0; left -= SECOND / 20) {
      now += SECOND / 20;
      a.chunked.tick(now);
      b.chunked.tick(now);
      run();
    }
  }

  private byte[] message(int bytes) {
    byte[] message = new byte[bytes];
    random.nextBytes(message);
    return message;
  }

  private void nothingIsHeld() {
    assertThat(a.room.bytes()).isZero();
    assertThat(b.room.bytes()).isZero();
    assertThat(a.chunked.outgoingBytes()).isZero();
    assertThat(b.chunked.outgoingBytes()).isZero();
  }

  @Test
  void aMessageArrivesWholeWhateverItsLength() {
    for (int bytes : new int[] {1, CHUNK - 1, CHUNK, CHUNK + 1, 4 * CHUNK, 50 * CHUNK + 17}) {
      byte[] message = message(bytes);
      assertThat(a.send(message, 1)).isTrue();
      run();
      assertThat(b.whole).hasSize(1);
      assertThat(b.whole.remove(0)).isEqualTo(message);
      nothingIsHeld();
    }
    assertThat(a.undelivered).isEmpty();
  }

  @Test
  void noMoreThanAWindowIsUnderWay() {
    assertThat(a.send(message(50 * CHUNK), 1)).isTrue();
    int most = 0;
    boolean moved = true;
    while (moved) {
      most = Math.max(most, (int) b.inbox.stream().filter(m -> m instanceof Chunk).count());
      moved = b.take();
      moved |= a.take();
    }
    assertThat(most).isEqualTo(ChunkedMessages.WINDOW_CHUNKS);
    assertThat(b.whole).hasSize(1);
  }

  @Test
  void messagesInBothDirectionsArriveInTheirOrder() {
    List<byte[]> there = List.of(message(5 * CHUNK), message(3), message(9 * CHUNK));
    List<byte[]> back = List.of(message(7 * CHUNK), message(2 * CHUNK));
    there.forEach(message -> assertThat(a.send(message, 0)).isTrue());
    back.forEach(message -> assertThat(b.send(message, 0)).isTrue());
    run();
    assertThat(b.whole).containsExactlyElementsOf(there);
    assertThat(a.whole).containsExactlyElementsOf(back);
    nothingIsHeld();
  }

  @Test
  void aMessageWaitsForRoomAndIsSentWhenThereIsSome() {
    assertThat(b.room.add(ROOM - 5 * CHUNK)).isTrue();
    byte[] message = message(20 * CHUNK);
    assertThat(a.send(message, 1)).isTrue();
    pass(2 * SECOND);
    assertThat(b.whole).isEmpty();
    assertThat(b.room.bytes()).isLessThanOrEqualTo(ROOM);
    b.room.remove(ROOM - 5 * CHUNK);
    pass(SECOND / 10);
    assertThat(b.whole).containsExactly(message);
    nothingIsHeld();
  }

  @Test
  void aMessageForWhichThereIsNeverRoomIsGivenUpInTheEnd() {
    assertThat(b.room.add(ROOM - 5 * CHUNK)).isTrue();
    assertThat(a.send(message(20 * CHUNK), 9)).isTrue();
    pass(ChunkedMessages.ROOM_NANOS + SECOND);
    assertThat(a.undelivered).hasSize(1);
    assertThat(a.undelivered.get(0)).startsWith("9 OVERLOADED");
    assertThat(a.chunked.outgoingBytes()).isZero();
    b.room.remove(ROOM - 5 * CHUNK);
    pass(SECOND);
    assertThat(b.whole).isEmpty();
    nothingIsHeld();
  }

  @Test
  void oneThatCanNeverBeReceivedIsRejectedAtOnceWithBothNumbers() {
    WaitingBytes little = new WaitingBytes(10 * CHUNK);
    List<String> sent = new ArrayList<>();
    ChunkedMessages receiver =
        new ChunkedMessages(
            CHUNK,
            little,
            0,
            now,
            new ChunkedMessages.Port() {
              @Override
              public boolean send(UUID peer, PeerMessage message) {
                ChunkRejection rejection = (ChunkRejection) message;
                sent.add(rejection.reason() + " " + rejection.detail());
                return true;
              }

              @Override
              public void onMessage(
                  UUID from, byte[] message, byte @Nullable [] tail, long tookNanos) {
                throw new AssertionError("nothing came");
              }

              @Override
              public void onUndelivered(
                  UUID to, long c, boolean q, DeclineReason reason, String detail) {
                throw new AssertionError("nothing was sent");
              }
            });
    for (long length : new long[] {10 * CHUNK, 1L << 31, 1L << 40, 0}) {
      receiver.on(a.id, new ChunkOffer(1, length), now);
    }
    assertThat(sent).hasSize(4).allMatch(one -> one.startsWith("TOO_LARGE"));
    assertThat(sent.get(0)).contains("10000 bytes").contains("8976");
    assertThat(little.bytes()).isZero();
  }

  @Test
  void whatIsRejectedIsTold() {
    assertThat(a.send(message(CHUNK), 5)).isTrue();
    ChunkOffer offer = (ChunkOffer) b.inbox.remove();
    a.inbox.add(new ChunkRejection(offer.call(), DeclineReason.TOO_LARGE, "no"));
    assertThat(a.send(message(2 * CHUNK), 6)).isTrue();
    run();
    assertThat(a.undelivered).containsExactly("5 TOO_LARGE: no");
    assertThat(b.whole).hasSize(1);
    nothingIsHeld();
  }

  @Test
  void aPeerThatStopsHalfWayHoldsNothingForLong() {
    assertThat(a.send(message(50 * CHUNK), 1)).isTrue();
    b.take();
    a.take();
    b.take();
    assertThat(b.room.bytes()).isGreaterThan(50 * CHUNK);
    // Frames of it arrive no more, and the connection stands.
    a.deaf = true;
    b.inbox.clear();
    a.full = true;
    pass(ChunkedMessages.STALL_NANOS - SECOND);
    assertThat(b.room.bytes()).isGreaterThan(50 * CHUNK);
    pass(2 * SECOND);
    nothingIsHeld();
    assertThat(b.whole).isEmpty();
    assertThat(a.undelivered).hasSize(1);
  }

  @Test
  void aConnectionThatBreaksHalfWayFreesAllAndTheNextMessageArrives() {
    assertThat(a.send(message(50 * CHUNK), 1)).isTrue();
    assertThat(a.send(message(3 * CHUNK), 2)).isTrue();
    b.take();
    a.take();
    b.take();
    assertThat(b.room.bytes()).isPositive();
    a.inbox.clear();
    b.inbox.clear();
    a.chunked.onDisconnected(b.id, now);
    b.chunked.onDisconnected(a.id, now);
    nothingIsHeld();
    byte[] message = message(20 * CHUNK);
    assertThat(a.send(message, 3)).isTrue();
    run();
    assertThat(b.whole).containsExactly(message);
    nothingIsHeld();
  }

  @Test
  void aReceiverThatForgotTheMessageSaysSo() {
    assertThat(a.send(message(50 * CHUNK), 8)).isTrue();
    b.take();
    a.take();
    b.take();
    // Only one side has noticed that the connection broke.
    b.chunked.onDisconnected(a.id, now);
    run();
    assertThat(a.undelivered).hasSize(1);
    assertThat(a.undelivered.get(0)).startsWith("8 FAILED");
    nothingIsHeld();
  }

  @Test
  void anOfferOfAnotherProcessReplacesTheOneBefore() {
    assertThat(a.send(message(50 * CHUNK), 1)).isTrue();
    b.take();
    long held = b.room.bytes();
    b.chunked.on(a.id, new ChunkOffer(7_000_000, 10 * CHUNK), now);
    assertThat(b.room.bytes()).isLessThan(held).isPositive();
    b.chunked.on(a.id, new ChunkWithdrawal(7_000_000), now);
    assertThat(b.room.bytes()).isZero();
  }

  @Test
  void framesThatComeTwiceChangeNothing() {
    byte[] message = message(9 * CHUNK);
    assertThat(a.send(message, 1)).isTrue();
    boolean moved = true;
    while (moved) {
      Chunked next = b.inbox.peek();
      moved = b.take();
      if (next != null) {
        b.chunked.on(a.id, next, now);
      }
      Chunked answer = a.inbox.peek();
      moved |= a.take();
      if (answer != null) {
        a.chunked.on(b.id, answer, now);
      }
    }
    assertThat(b.whole).containsExactly(message);
    for (Chunked again : b.heard) {
      b.chunked.on(a.id, again, now);
    }
    run();
    assertThat(b.whole).hasSize(1);
    nothingIsHeld();
  }

  @Test
  void aChunkThatIsMissingEndsTheMessage() {
    assertThat(a.send(message(9 * CHUNK), 4)).isTrue();
    b.take();
    a.take();
    b.take();
    b.inbox.remove();
    run();
    assertThat(b.whole).isEmpty();
    assertThat(a.undelivered).hasSize(1);
    nothingIsHeld();
  }

  @Test
  void whatIsHeldToBeSentIsBounded() {
    a.full = false;
    b.deaf = true;
    assertThat(a.send(message(60 * CHUNK), 1)).isTrue();
    assertThat(a.send(message(30 * CHUNK), 2)).isTrue();
    assertThat(a.send(message(20 * CHUNK), 3)).isFalse();
    assertThat(a.chunked.outgoingBytes()).isLessThanOrEqualTo(ROOM);
    b.deaf = false;
    run();
    assertThat(b.whole).hasSize(2);
    nothingIsHeld();
  }

  @Test
  void aSetThatGoesToSeveralPeersIsHeldOnce() {
    byte[] set = message(60 * CHUNK);
    Side third = new Side();
    ChunkedMessages sender =
        new ChunkedMessages(
            CHUNK,
            new WaitingBytes(ROOM),
            0,
            now,
            new ChunkedMessages.Port() {
              @Override
              public boolean send(UUID peer, PeerMessage message) {
                return true;
              }

              @Override
              public void onMessage(
                  UUID from, byte[] message, byte @Nullable [] tail, long tookNanos) {}

              @Override
              public void onUndelivered(
                  UUID to, long c, boolean q, DeclineReason reason, String why) {}
            });
    for (Side to : List.of(a, b, third)) {
      assertThat(sender.send(to.id, new byte[40], set, 1, true, now)).isTrue();
    }
    assertThat(sender.outgoingBytes()).isBetween(60L * CHUNK, 66L * CHUNK);
    assertThat(sender.send(a.id, new byte[40], set.clone(), 2, true, now)).isFalse();
    sender.onDisconnected(a.id, now);
    sender.cancel(b.id, 1, now);
    assertThat(sender.outgoingBytes()).isBetween(60L * CHUNK, 66L * CHUNK);
    sender.cancel(third.id, 1, now);
    assertThat(sender.outgoingBytes()).isZero();
  }

  @Test
  void withoutAConnectionNothingIsTaken() {
    a.full = true;
    assertThat(a.send(message(5 * CHUNK), 1)).isFalse();
    assertThat(a.undelivered).isEmpty();
    nothingIsHeld();
  }

  @Test
  void aFullConnectionDelaysAndLosesNothing() {
    byte[] message = message(30 * CHUNK);
    assertThat(a.send(message, 1)).isTrue();
    for (int i = 0; i < 40; i++) {
      a.full = i % 2 == 0;
      b.full = i % 3 == 0;
      pass(SECOND / 20);
    }
    a.full = false;
    b.full = false;
    pass(SECOND);
    assertThat(b.whole).containsExactly(message);
    nothingIsHeld();
  }

  /** All chunks have come, and the way back is full. */
  private void sendWithoutAWordBack(byte[] message) {
    assertThat(a.send(message, 9)).isTrue();
    assertThat(b.take()).as("the offer").isTrue();
    assertThat(a.take()).as("the request").isTrue();
    b.full = true;
    run();
    assertThat(b.whole).containsExactly(message);
  }

  @Test
  void aMessageThatMayHaveComeWholeIsNotCalledUndelivered() {
    sendWithoutAWordBack(message(3 * CHUNK));
    pass(ChunkedMessages.ROOM_NANOS + SECOND);
    assertThat(a.undelivered).isEmpty();
    nothingIsHeld();
  }

  @Test
  void theNextMessageWaitsOnlyUntilThereIsRoomForTheWordBack() {
    byte[] first = message(3 * CHUNK);
    sendWithoutAWordBack(first);
    byte[] second = message(2 * CHUNK);
    assertThat(a.send(second, 10)).isTrue();
    pass(SECOND);
    assertThat(b.whole).hasSize(1);
    b.full = false;
    pass(SECOND);
    assertThat(b.whole).containsExactly(first, second);
    nothingIsHeld();
  }

  @Test
  void aMessageForWhichNobodyWaitsIsWithdrawn() {
    assertThat(a.send(message(50 * CHUNK), 1)).isTrue();
    assertThat(a.send(message(3 * CHUNK), 2)).isTrue();
    byte[] last = message(2 * CHUNK);
    assertThat(a.send(last, 3)).isTrue();
    b.take();
    a.take();
    b.take();
    a.chunked.cancel(b.id, 2, now);
    a.chunked.cancel(b.id, 1, now);
    run();
    assertThat(b.whole).containsExactly(last);
    assertThat(a.undelivered).isEmpty();
    nothingIsHeld();
  }

  @Test
  void aPauseOfThisProcessIsNotTheSilenceOfOthers() {
    byte[] message = message(50 * CHUNK);
    assertThat(a.send(message, 1)).isTrue();
    b.take();
    a.take();
    b.take();
    now += 2 * ChunkedMessages.ROOM_NANOS;
    a.chunked.tick(now);
    b.chunked.tick(now);
    run();
    assertThat(b.whole).containsExactly(message);
  }
}
