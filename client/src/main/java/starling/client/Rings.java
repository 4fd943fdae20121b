package starling.client;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the copy of the ring. At the start every endpoint is asked; calls wait for the first ring.
 * After that a node whose answers carry another ring is asked, at most twice a second, and some
 * node every 30 s. Endpoints whose rings have no node in common are of different clusters: then
 * every call fails, because nothing decides which cluster it would reach. A client that is routed
 * to its endpoints has no ring and asks for none. Owned by the client's thread.
 */
final class Rings {
  private static final long MILLI = 1_000_000;
  private static final long SILENCE_NANOS = 1_000 * MILLI;
  private static final long SEED_RETRY_NANOS = 200 * MILLI;
  private static final long LATE_SEED_RETRY_NANOS = 5_000 * MILLI;
  private static final long MIN_INTERVAL_NANOS = 500 * MILLI;
  private static final long INTERVAL_NANOS = 30_000 * MILLI;
  private static final WireRequest RING =
      new WireRequest("GET", "/api/v1/cluster/ring", List.of(), WireRequest.NO_BODY);

  private final Engine engine;
  private final Wire wire;
  private final Routes routes;
  private final Routing routing;

  /** Endpoints that have not answered with a ring; when to ask next. */
  private final Map<Endpoint, Long> unheard = new LinkedHashMap<>();

  private final Map<Endpoint, String> troubles = new LinkedHashMap<>();
  private @Nullable Endpoint first;
  private @Nullable StarlingException poison;
  private boolean asking;
  private long askedAt;

  Rings(Engine engine, Wire wire, Routes routes, List<Endpoint> endpoints, Routing routing) {
    this.engine = engine;
    this.wire = wire;
    this.routes = routes;
    this.routing = routing;
    endpoints.forEach(endpoint -> unheard.put(endpoint, 0L));
  }

  void start(long now) {
    if (routing == Routing.ENDPOINTS) {
      unheard.keySet().forEach(routes::confirm);
      unheard.clear();
      engine.onRing(now);
      return;
    }
    for (Endpoint endpoint : List.copyOf(unheard.keySet())) {
      askSeed(endpoint, now);
    }
  }

  /** Whether there are nodes to send calls to. */
  boolean ready() {
    return routes.copy() != null || routing == Routing.ENDPOINTS;
  }

  /** Why no call can be made, or null. */
  @Nullable StarlingException poison() {
    return poison;
  }

  /** Why there is no ring yet. */
  String trouble() {
    StringJoiner all = new StringJoiner(", ");
    for (Endpoint endpoint : unheard.keySet()) {
      all.add(endpoint + " " + troubles.getOrDefault(endpoint, "has not answered"));
    }
    return all.toString();
  }

  void tick(long now) {
    for (Map.Entry<Endpoint, Long> seed : List.copyOf(unheard.entrySet())) {
      if (now - seed.getValue() >= 0) {
        wire.retire(seed.getKey());
        askSeed(seed.getKey(), now);
      }
    }
    if (asking && now - askedAt >= SILENCE_NANOS) {
      asking = false;
    }
    if (ready() && now - askedAt >= INTERVAL_NANOS) {
      for (NodeState node : routes.nodes()) {
        if (node.usable(now)) {
          ask(node, now);
          return;
        }
      }
    }
  }

  /** Every answer names the ring of its node. */
  void onAnswer(NodeState node, Answer answer, long now) {
    RingCopy copy = routes.copy();
    if (answer.ring != null
        && copy != null
        && !copy.hash().equals(answer.ring)
        && now - askedAt >= MIN_INTERVAL_NANOS) {
      ask(node, now);
    }
  }

  private void ask(NodeState node, long now) {
    if (asking) {
      return;
    }
    askedAt = now;
    WireRequest request;
    try {
      request = engine.signed(RING);
    } catch (InvalidRequestException e) {
      // The program's token supplier failed: its own calls say so.
      return;
    }
    asking = true;
    wire.send(
        node.endpoint,
        request,
        new Wire.Sink() {
          @Override
          public void answered(Answer answer) {
            asking = false;
            RingCopy read = read(answer);
            if (read != null) {
              adopt(read);
            }
          }

          @Override
          public void broken(boolean sent, boolean garbage, String reason) {
            asking = false;
          }
        });
  }

  private void askSeed(Endpoint endpoint, long now) {
    unheard.put(endpoint, now + SILENCE_NANOS);
    WireRequest request;
    try {
      request = engine.signed(RING);
    } catch (InvalidRequestException e) {
      trouble(endpoint, "was not asked, because " + e.getMessage());
      return;
    }
    wire.send(
        endpoint,
        request,
        new Wire.Sink() {
          @Override
          public void answered(Answer answer) {
            RingCopy read = read(answer);
            if (read != null) {
              heard(endpoint, read);
            } else {
              trouble(endpoint, "answered without a ring (status " + answer.status + ")");
            }
          }

          @Override
          public void broken(boolean sent, boolean garbage, String reason) {
            trouble(endpoint, reason);
          }
        });
  }

  private void trouble(Endpoint endpoint, String reason) {
    troubles.put(endpoint, reason);
    if (unheard.containsKey(endpoint)) {
      unheard.put(endpoint, wire.nanos() + (ready() ? LATE_SEED_RETRY_NANOS : SEED_RETRY_NANOS));
    }
  }

  private void heard(Endpoint endpoint, RingCopy read) {
    if (unheard.remove(endpoint) == null) {
      return;
    }
    RingCopy known = routes.copy();
    if (known != null && !known.sameCluster(read)) {
      StarlingException failure =
          InvalidRequestException.before(
              "endpoints",
              "the endpoints belong to different clusters: "
                  + first
                  + " and "
                  + endpoint
                  + " have no node in common");
      poison = failure;
      engine.onPoison(failure);
      return;
    }
    if (known == null) {
      first = endpoint;
      adopt(read);
      askedAt = wire.nanos();
    }
    routes.confirm(endpoint);
    engine.onRing(wire.nanos());
  }

  private void adopt(RingCopy read) {
    RingCopy known = routes.copy();
    if (known == null || known.sameCluster(read)) {
      routes.adopt(read);
      engine.onRing(wire.nanos());
    }
  }

  private static @Nullable RingCopy read(Answer answer) {
    if (answer.status != 200) {
      return null;
    }
    try {
      RingCopy read = RingCopy.read(answer.body);
      return read.founded() ? read : null;
    } catch (IOException e) {
      return null;
    }
  }
}
