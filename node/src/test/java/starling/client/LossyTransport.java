package starling.client;

import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Loses a part of the answers to writes: the node has executed them, and the client cannot know.
 */
final class LossyTransport extends Transport {
  final AtomicInteger lost = new AtomicInteger();
  private final Random random;
  private final double part;

  LossyTransport(long seed, double part) {
    this.random = new Random(seed);
    this.part = part;
  }

  @Override
  Wire open(@Nullable Tls tls) {
    Wire wire = Transport.vertx().open(tls);
    return new Wire() {
      @Override
      public boolean execute(Runnable task) {
        return wire.execute(task);
      }

      @Override
      public boolean onOwnThread() {
        return wire.onOwnThread();
      }

      @Override
      public void after(long millis, Runnable task) {
        wire.after(millis, task);
      }

      @Override
      public long nanos() {
        return wire.nanos();
      }

      @Override
      public void send(Endpoint node, WireRequest request, Sink sink) {
        boolean loses = !request.method().equals("GET") && random.nextDouble() < part;
        wire.send(node, request, loses ? losing(sink) : sink);
      }

      @Override
      public void retire(Endpoint node) {
        wire.retire(node);
      }

      @Override
      public CompletableFuture<Void> close() {
        return wire.close();
      }
    };
  }

  private Wire.Sink losing(Wire.Sink sink) {
    return new Wire.Sink() {
      @Override
      public void answered(Answer answer) {
        lost.incrementAndGet();
        sink.broken(true, false, "lost its answer");
      }

      @Override
      public void broken(boolean sent, boolean garbage, String reason) {
        sink.broken(sent, garbage, reason);
      }
    };
  }
}
