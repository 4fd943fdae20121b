package starling.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Timers, budgets, the health of nodes, routing, and what is read from answers. */
class CorePartsTest {
  private static final long MILLI = 1_000_000;

  private static final class Timer extends TimerWheel.Entry {
    final long due;

    Timer(long due) {
      this.due = due;
    }
  }

  @Test
  void timersAreNeverEarlyAndAtMostATickLate() {
    Random random = new Random(7);
    TimerWheel wheel = new TimerWheel(2 * MILLI, 0);
    List<Timer> timers = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      Timer timer = new Timer((1 + random.nextInt(5000)) * MILLI + random.nextInt(1000));
      timers.add(timer);
      wheel.set(timer, timer.due);
    }
    for (int i = 0; i < 500; i++) {
      wheel.remove(timers.remove(random.nextInt(timers.size())));
    }
    List<TimerWheel.Entry> fired = new ArrayList<>();
    for (long now = 0; now <= 5010 * MILLI; now += MILLI) {
      long at = now;
      wheel.advance(
          now,
          entry -> {
            fired.add(entry);
            assertThat(at - ((Timer) entry).due).isBetween(0L, 4 * MILLI);
          });
    }
    assertThat(fired).hasSize(1500).doesNotHaveDuplicates();
    assertThat(wheel.size()).isZero();
  }

  @Test
  void aQuietWheelSaysForHowLong() {
    TimerWheel wheel = new TimerWheel(2 * MILLI, 0);
    assertThat(wheel.quietUntil()).isEqualTo(Long.MAX_VALUE);
    Timer near = new Timer(0);
    wheel.set(near, 101 * MILLI);
    wheel.set(new Timer(0), 10_000 * MILLI);
    assertThat(wheel.quietUntil()).isEqualTo(102 * MILLI);
    wheel.remove(near);
    for (long now = 0; now < 10_000 * MILLI; now = Math.max(now + MILLI, wheel.quietUntil())) {
      assertThat(wheel.quietUntil()).isLessThanOrEqualTo(10_000 * MILLI);
      wheel.advance(now, entry -> assertThat(entry).isNull());
    }
    List<TimerWheel.Entry> fired = new ArrayList<>();
    wheel.advance(10_000 * MILLI, fired::add);
    assertThat(fired).hasSize(1);
  }

  @Test
  void aPauseOfTheProcessFiresEverythingThatIsDueOnce() {
    TimerWheel wheel = new TimerWheel(2 * MILLI, 0);
    for (int i = 1; i <= 100; i++) {
      wheel.set(new Timer(0), i * 100L * MILLI);
    }
    List<TimerWheel.Entry> fired = new ArrayList<>();
    wheel.advance(60_000 * MILLI, fired::add);
    assertThat(fired).hasSize(100).doesNotHaveDuplicates();
  }

  @Test
  void extraRequestsStayWithinTheirPart() {
    RequestBudget budget = new RequestBudget(10, 1000);
    int extra = 0;
    for (int i = 0; i < 10_000; i++) {
      budget.earn(0.1);
      extra += budget.take() ? 1 : 0;
    }
    assertThat(extra).isBetween(1000, 1010);
  }

  @Test
  void theEstimateOfSlowReadsFindsTheNinetyFifthPercentile() {
    SlowReads slow = new SlowReads(20 * MILLI);
    Random random = new Random(1);
    for (int i = 0; i < 100_000; i++) {
      slow.add((long) (random.nextDouble() * 10 * MILLI));
    }
    assertThat(slow.nanos()).isBetween(8 * MILLI, 10 * MILLI + 500_000);
  }

  @Test
  void aNodeThatFailedIsLeftAloneUntilAProbeSucceeds() {
    NodeState node = new NodeState(new Endpoint("a", 1), "");
    node.onFailed(0, 1, "refused");
    assertThat(node.usable(60_000 * MILLI)).isFalse();
    assertThat(node.probeDue(99 * MILLI)).isFalse();
    assertThat(node.probeDue(100 * MILLI)).isTrue();
    node.onProbing(100 * MILLI);
    assertThat(node.probeDue(10_000 * MILLI)).as("one probe at a time").isFalse();
    node.onFailed(200 * MILLI, 1, "refused");
    assertThat(node.probeDue(399 * MILLI)).as("the next waits twice as long").isFalse();
    assertThat(node.probeDue(400 * MILLI)).isTrue();
    node.onProbing(400 * MILLI);
    node.onProbed(400 * MILLI);
    assertThat(node.usable(400 * MILLI)).isTrue();
  }

  @Test
  void aNodeThatAskedForAPauseRests() {
    NodeState node = new NodeState(new Endpoint("a", 1), "");
    node.rest(0, 1000 * MILLI);
    assertThat(node.usable(999 * MILLI)).isFalse();
    assertThat(node.usable(1000 * MILLI)).isTrue();
  }

  private static String ring(int nodes) {
    StringBuilder json =
        new StringBuilder("{\"partitions\":8,\"version\":3,\"hash\":\"00ff\",\"more\":[{}],");
    json.append("\"nodes\":[");
    for (int i = 0; i < nodes; i++) {
      json.append(i == 0 ? "" : ",")
          .append("{\"id\":\"")
          .append(new UUID(0, i + 1))
          .append("\",\"http\":\"h")
          .append(i)
          .append(":80\",\"zone\":\"z")
          .append(i % 3)
          .append("\",\"weight\":100,\"phase\":\"normal\"}");
    }
    json.append("],\"owners\":[");
    for (int i = 0; i < 8; i++) {
      json.append(i == 0 ? "" : ",").append('"').append(new UUID(0, i % nodes + 1)).append('"');
    }
    return json.append("]}").toString();
  }

  private static Call call(long position) {
    ScriptedHost host = new ScriptedHost("x");
    CallSpec spec =
        new CallSpec(
            Operation.GET,
            "b",
            "GET",
            "/",
            List.of(),
            WireRequest.NO_BODY,
            position,
            false,
            null,
            false,
            Behavior.DEFAULT,
            1,
            "id");
    return host.begin(spec);
  }

  @Test
  void aReplicaInTheOwnZoneComesFirstThenAnyReplicaThenAnyNode() throws Exception {
    RingCopy copy = RingCopy.read(ring(6).getBytes(StandardCharsets.UTF_8));
    assertThat(copy.hash()).isEqualTo("00ff");
    Routes routes = new Routes("z1", 2);
    routes.adopt(copy);
    for (long position = 0; position < 8; position++) {
      Call call = call(position << 61);
      List<UUID> replicas = copy.ring().preferenceList((int) position, 3);
      NodeState first = routes.choose(call, 0, 0.3);
      assertThat(first.zone).isEqualTo("z1");
      assertThat(routes.isReplica(first, position << 61)).isTrue();
      first.onFailed(0, 1, "refused");
      NodeState second = routes.choose(call, 0, 0.3);
      assertThat(routes.isReplica(second, position << 61)).isTrue();
      for (UUID id : replicas) {
        fail(routes, copy.addresses().get(id));
      }
      NodeState other = routes.choose(call, 0, 0.3);
      assertThat(routes.isReplica(other, position << 61)).isFalse();
      routes.all().forEach(node -> node.onProbed(0));
    }
  }

  private static void fail(Routes routes, Endpoint endpoint) {
    routes.nodes().stream()
        .filter(node -> node.endpoint.equals(endpoint))
        .forEach(node -> node.onFailed(0, 1, "refused"));
  }

  @Test
  void requestsInFlightAreBoundedForEachNodeAndSpread() throws Exception {
    Routes routes = new Routes("", 2);
    routes.adopt(RingCopy.read(ring(3).getBytes(StandardCharsets.UTF_8)));
    for (int i = 0; i < 6; i++) {
      routes.choose(call(1), 0, i / 6.0).onSent(0);
    }
    assertThat(routes.nodes()).allSatisfy(node -> assertThat(node.inFlight()).isEqualTo(2));
    assertThat(routes.choose(call(1), 0, 0.5)).isNull();
    assertThat(routes.whyNone(0)).contains("h0:80 has as many requests in flight");
  }

  @Test
  void aNodeThatHasJustComeBackGetsFewRequestsAndThenItsShare() throws Exception {
    Routes routes = new Routes("", 100);
    routes.adopt(RingCopy.read(ring(3).getBytes(StandardCharsets.UTF_8)));
    NodeState cold = routes.choose(call(1), 0, 0.5);
    cold.onFailed(0, 1, "refused");
    cold.onProbed(0);
    for (int i = 0; i < 24; i++) {
      routes.choose(call(1), 0, i / 24.0).onSent(0);
    }
    assertThat(cold.inFlight()).as("of 24 requests at once").isBetween(0, 1);
    for (int i = 0; i < 24; i++) {
      routes.choose(call(1), 0, i / 24.0).onSent(0);
    }
    assertThat(cold.inFlight()).as("where the others have many").isBetween(1, 3);
    long later = 10_000 * MILLI;
    routes.nodes().forEach(node -> node.onHeard(later));
    for (int i = 0; i < 24; i++) {
      routes.choose(call(1), later, i / 24.0).onSent(later);
    }
    assertThat(cold.inFlight()).as("once it is warm").isEqualTo(24);
  }

  @Test
  void aNodeThatOwesAnswersAndIsSilentGetsCallsLast() throws Exception {
    Routes routes = new Routes("", 100);
    routes.adopt(RingCopy.read(ring(3).getBytes(StandardCharsets.UTF_8)));
    NodeState silent = routes.choose(call(1), 0, 0.5);
    silent.onSent(0);
    for (NodeState node : routes.nodes()) {
      if (node != silent) {
        for (int i = 0; i < 50; i++) {
          node.onSent(0);
        }
        node.onHeard(150 * MILLI);
      }
    }
    assertThat(routes.choose(call(1), 50 * MILLI, 0.5)).isSameAs(silent);
    assertThat(routes.choose(call(1), 200 * MILLI, 0.5)).isNotSameAs(silent);
  }

  @Test
  void endpointsAreAskedInTheirOrderAndThoseThatAreDownLast() {
    Routes routes = new Routes("", 2);
    routes.confirm(new Endpoint("a", 1));
    routes.confirm(new Endpoint("b", 1));
    List<NodeState> endpoints = List.copyOf(routes.seeds());
    ScriptedHost host = new ScriptedHost();
    host.nodes.addAll(endpoints);
    Behavior elsewhere = Behavior.DEFAULT.retries(Retries.ELSEWHERE);
    Call call = host.begin(ScriptedHost.spec(Operation.GET, elsewhere, null, false));
    assertThat(routes.choose(call(1), 0, 0.9)).isSameAs(endpoints.get(0));
    assertThat(routes.choose(call, 0, 0.9)).as("the first was asked").isSameAs(endpoints.get(1));
    endpoints.get(1).onFailed(0, 1, "refused");
    assertThat(routes.choose(call, 0, 0.9)).as("down, but not asked").isSameAs(endpoints.get(1));
    assertThat(routes.choose(call(1), 0, 0.9))
        .as("another call waits until it is back")
        .isSameAs(endpoints.get(0));
    assertThat(routes.exhausted(call)).isFalse();
    host.attempt(0).broken(false, false, "refused", host.now);
    host.wake(call);
    assertThat(routes.exhausted(call)).isTrue();
    assertThat(routes.choose(call, 0, 0.9)).isNull();
  }

  @Test
  void whatIsNoRingIsRejected() {
    for (String text :
        List.of(
            "",
            "[]",
            "{\"hash\":\"x\",\"nodes\":[{}]}",
            "{\"partitions\":4}",
            "{\"hash\":\"x\",\"nodes\":[{\"id\":\"no\"}]}",
            ring(3).replace("h1:80", "h1"),
            ring(3).substring(0, 200))) {
      assertThatThrownBy(() -> RingCopy.read(text.getBytes(StandardCharsets.UTF_8)))
          .as(text)
          .isInstanceOf(java.io.IOException.class);
    }
  }
}
