package starling.client;

import java.util.List;
import java.util.function.DoubleSupplier;

/**
 * Leaves nodes alone that failed, and asks them whether they are back. A probe has a connection of
 * its own: connections from before a failure may be dead without a sign. Owned by the client's
 * thread.
 */
final class Probes {
  private static final WireRequest READY =
      new WireRequest("GET", "/health/ready", List.of(), WireRequest.NO_BODY);

  private static final long TIMEOUT_NANOS = 1_000_000_000L;
  private static final int OK = 200;

  private final Engine engine;
  private final Wire wire;
  private final Routes routes;
  private final DoubleSupplier randomness;

  Probes(Engine engine, Wire wire, Routes routes, DoubleSupplier randomness) {
    this.engine = engine;
    this.wire = wire;
    this.routes = routes;
    this.randomness = randomness;
  }

  /** The node gets no more calls until a probe succeeds. */
  void failed(NodeState node, long now, String reason) {
    if (!node.down()) {
      wire.retire(node.endpoint);
    }
    node.onFailed(now, randomness.getAsDouble(), reason);
  }

  void tick(long now) {
    for (NodeState node : routes.nodes()) {
      tick(node, now);
    }
    for (NodeState seed : routes.seeds()) {
      tick(seed, now);
    }
  }

  private void tick(NodeState node, long now) {
    if (node.probeLate(now, TIMEOUT_NANOS)) {
      wire.retire(node.endpoint);
      node.onFailed(now, randomness.getAsDouble(), "was silent");
    } else if (node.probeDue(now)) {
      node.onProbing(now);
      wire.send(node.endpoint, READY, new Probe(node));
    }
  }

  private final class Probe implements Wire.Sink {
    private final NodeState node;

    Probe(NodeState node) {
      this.node = node;
    }

    @Override
    public void answered(Answer answer) {
      long now = wire.nanos();
      if (answer.status == OK) {
        node.onProbed(now);
        engine.placeWaiting(now);
      } else {
        node.onFailed(now, randomness.getAsDouble(), "is not ready");
      }
    }

    @Override
    public void broken(boolean sent, boolean garbage, String reason) {
      node.onFailed(wire.nanos(), randomness.getAsDouble(), reason);
    }
  }
}
