package starling.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import starling.wire.HeaderNames;

/** The client without sockets and threads: requests are noted, and time is a number. */
class EngineTest {
  private static final long MILLI = 1_000_000;

  record Out(Endpoint node, WireRequest request, Wire.Sink sink) {
    boolean keyed() {
      return request.headers().contains(HeaderNames.IDEMPOTENCY_KEY);
    }
  }

  static final class Hand implements Wire {
    long now = 5_000 * MILLI;
    final ArrayDeque<Runnable> inbox = new ArrayDeque<>();
    final List<Out> out = new ArrayList<>();
    final List<Out> other = new ArrayList<>();
    final List<long[]> due = new ArrayList<>();
    final List<Runnable> tasks = new ArrayList<>();

    @Override
    public boolean execute(Runnable task) {
      inbox.add(task);
      return true;
    }

    @Override
    public boolean onOwnThread() {
      return false;
    }

    @Override
    public void after(long millis, Runnable task) {
      due.add(new long[] {now + millis * MILLI});
      tasks.add(task);
    }

    @Override
    public long nanos() {
      return now;
    }

    @Override
    public void send(Endpoint node, WireRequest request, Sink sink) {
      (request.method().equals("PUT") ? out : other).add(new Out(node, request, sink));
    }

    @Override
    public void retire(Endpoint node) {}

    @Override
    public CompletableFuture<Void> close() {
      return CompletableFuture.completedFuture(null);
    }

    void run() {
      while (!inbox.isEmpty()) {
        inbox.remove().run();
      }
    }

    void pass(long millis) {
      for (long i = 0; i < millis; i++) {
        now += MILLI;
        for (int t = 0; t < tasks.size(); t++) {
          if (due.get(t)[0] <= now) {
            due.remove(t);
            Runnable task = tasks.remove(t);
            task.run();
            t = -1;
          }
        }
        run();
      }
    }
  }

  static Answer answer(int status, String body) {
    Answer a = new Answer(status);
    a.body = body.getBytes(StandardCharsets.UTF_8);
    return a;
  }

  static final String RING =
      "{\"version\":1,\"hash\":\"h\",\"nodes\":[{\"id\":\"00000000-0000-0000-0000-000000000001\",\"http\":\"a:1\"},"
          + "{\"id\":\"00000000-0000-0000-0000-000000000002\",\"http\":\"b:1\"}],\"owners\":["
          + "\"00000000-0000-0000-0000-000000000001\",\"00000000-0000-0000-0000-000000000002\"]}";

  static final String TOO_MANY =
      "{\"type\":\"urn:starling:problem:too-many-requests\",\"detail\":\"d\",\"field\":\"Idempotency-Key\",\"outcome\":\"none\"}";
  static final String FULL =
      "{\"type\":\"urn:starling:problem:overloaded\",\"detail\":\"d\",\"outcome\":\"none\"}";

  @Test
  void aWriteHasOneRequestWithoutAKeyInFlight() {
    Hand wire = new Hand();
    Engine engine =
        new Engine(
            wire, () -> 0.5, List::of, List.of(new Endpoint("a", 1)), Routing.RING, "", 256, 1024);
    wire.run();
    wire.other.get(0).sink().answered(answer(200, RING));
    Behavior behavior = Behavior.DEFAULT.hedge(Hedge.OFF);
    Call call =
        new Call(
            ScriptedHost.spec(Operation.PUT, behavior, "key", false),
            engine,
            new Call.Ending() {
              @Override
              public void succeeded(Answer answer, Attempts attempts, boolean unsure) {}

              @Override
              public void failed(StarlingException failure) {}
            },
            new Observer.Observation() {},
            wire.now);
    engine.submit(call);
    wire.run();
    assertThat(wire.out).hasSize(1);
    // The first node is slow; the call is sent to the second, which asks for a pause of one second.
    wire.pass(410);
    assertThat(wire.out).hasSize(2);
    Answer pause = answer(429, FULL);
    pause.retryAfter = 1;
    wire.out.get(1).sink().answered(pause);
    wire.pass(100);
    assertThat(wire.out).as("no node takes it: it waits").hasSize(2);
    // The slow one answers at last: too many records of this key.
    wire.out.get(0).sink().answered(answer(429, TOO_MANY));
    // Nodes are back: all probes succeed.
    for (int i = 0; i < 30 && !call.hasEnded(); i++) {
      for (Out probe : List.copyOf(wire.other)) {
        wire.other.remove(probe);
        probe.sink().answered(answer(200, RING));
      }
      wire.pass(20);
    }
    List<Out> sent = wire.out.subList(2, wire.out.size());
    assertThat(sent.stream().filter(o -> !o.keyed()).count())
        .as("requests of one write without a key, none of them answered")
        .isOne();
  }
}
