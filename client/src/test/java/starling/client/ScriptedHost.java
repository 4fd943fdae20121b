package starling.client;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import starling.wire.HeaderNames;

/** A client without threads and sockets: a call's requests are noted, and time is a number. */
final class ScriptedHost implements CallHost {
  static final long MILLI = 1_000_000;

  /** A request that went out. */
  record Sent(LiveAttempt attempt, WireRequest request) {
    boolean keyed() {
      return request.headers().contains(HeaderNames.IDEMPOTENCY_KEY);
    }

    boolean first() {
      return request.headers().contains(CallSpec.ATTEMPT);
    }
  }

  final Queue<NodeState> nodes = new ArrayDeque<>();
  final List<Sent> sent = new ArrayList<>();
  final List<String> events = new ArrayList<>();
  final HotKeys hotKeys = new HotKeys();
  final List<NodeState> silent = new ArrayList<>();
  long now = 5_000 * MILLI;
  long wakeAt = Long.MAX_VALUE;
  boolean room = true;
  int retries = 100;
  int hedges = 100;
  double random = 0.5;
  @Nullable Answer result;
  @Nullable StarlingException failure;
  @Nullable Attempts attempts;
  int ends;

  ScriptedHost(String... names) {
    for (String name : names) {
      nodes.add(new NodeState(new Endpoint(name, 1), ""));
    }
  }

  static CallSpec spec(Operation operation, Behavior behavior, @Nullable String key, boolean own) {
    boolean write = operation != Operation.GET;
    return new CallSpec(
        operation,
        "b",
        write ? "PUT" : "GET",
        "/k?timeoutMs=",
        key == null ? List.of() : List.of(HeaderNames.IDEMPOTENCY_KEY, key),
        WireRequest.NO_BODY,
        1L,
        write,
        key,
        own,
        behavior,
        behavior.deadline().toNanos(),
        "id-1");
  }

  Call begin(CallSpec spec) {
    Call call =
        new Call(
            spec,
            this,
            new Call.Ending() {
              @Override
              public void succeeded(Answer answer, Attempts made, boolean unsure) {
                result = answer;
                attempts = made;
                ends++;
              }

              @Override
              public void failed(StarlingException failed) {
                failure = failed;
                ends++;
              }
            },
            new Observer.Observation() {
              @Override
              public void attempt(String node) {
                events.add("attempt " + node);
              }

              @Override
              public void retried(String cause) {
                events.add("retried " + cause);
              }

              @Override
              public void hedged() {
                events.add("hedged");
              }

              @Override
              public void finished(
                  StarlingException.@Nullable Outcome outcome, @Nullable String kind) {
                events.add("finished " + kind);
              }
            },
            now);
    call.place(now);
    return call;
  }

  /** Moves time to the call's next timer. */
  void wake(Call call) {
    now = Math.max(now, wakeAt);
    call.onTimer(now);
  }

  /** Lets time pass, timers included. */
  void pass(Call call, long millis) {
    long end = now + millis * MILLI;
    while (!call.hasEnded() && wakeAt <= end) {
      wake(call);
    }
    now = end;
  }

  LiveAttempt attempt(int index) {
    return sent.get(index).attempt();
  }

  void answer(int index, int status, String kind, String more) {
    Answer answer = new Answer(status);
    answer.body =
        kind.isEmpty()
            ? WireRequest.NO_BODY
            : ("{\"type\":\"urn:starling:problem:" + kind + "\",\"detail\":\"d\"" + more + "}")
                .getBytes(java.nio.charset.StandardCharsets.UTF_8);
    answer.retryAfter = status == 503 ? 1 : 0;
    attempt(index).answered(answer, now);
  }

  @Override
  public @Nullable NodeState choose(Call call, long at) {
    for (NodeState node : nodes) {
      if (!node.down() && !call.tried(node)) {
        return node;
      }
    }
    if (call.spec.behavior().retries().elsewhere()) {
      return nodes.stream().filter(node -> !call.tried(node)).findFirst().orElse(null);
    }
    return nodes.stream().filter(node -> !node.down()).findFirst().orElse(null);
  }

  @Override
  public boolean exhausted(Call call) {
    return nodes.stream().allMatch(call::tried);
  }

  @Override
  public void send(LiveAttempt attempt, WireRequest request, long at) {
    sent.add(new Sent(attempt, request));
  }

  @Override
  public boolean await(Call call) {
    return room;
  }

  @Override
  public void wakeAt(Call call, long nanos) {
    wakeAt = nanos;
  }

  @Override
  public void ended(Call call) {
    wakeAt = Long.MAX_VALUE;
  }

  @Override
  public void silent(NodeState node, long at) {
    silent.add(node);
  }

  @Override
  public boolean withoutKeys(long position, long at) {
    return hotKeys.contains(position, at);
  }

  @Override
  public void noteTooManyRecords(long position, long at) {
    hotKeys.add(position, at);
  }

  @Override
  public boolean takeRetry(Behavior behavior) {
    return retries-- > 0;
  }

  @Override
  public boolean takeHedge() {
    return hedges-- > 0;
  }

  @Override
  public long slowNanos() {
    return 20 * MILLI;
  }

  @Override
  public double random() {
    return random;
  }

  @Override
  public String whyNone() {
    return "all are down";
  }
}
