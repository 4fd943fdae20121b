package starling.gossip.detector;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import starling.gossip.Address;
import starling.gossip.ProcessIncarnation;
import starling.gossip.detector.DetectorCounters.Drop;
import starling.gossip.detector.DetectorCounters.ProbeResult;

/**
 * Probes the others in rounds, each round in a new random order (SWIM, section 4.3): a ping, and
 * after a timeout pings through helpers, and over a connection, in case datagrams do not arrive. A
 * probe is in one of three states: direct, indirect, ended.
 *
 * <p>An open probe holds no reference that outlives it: at most one regular probe is open at a
 * time, and further ones up to {@link #MAX_OPEN}.
 */
final class Prober {
  static final int MAX_OPEN = 256;
  private static final int MAX_RELAYS = 1_024;

  /** What a probe found. */
  interface Listener {
    void failed(Peer target, long nowNanos);
  }

  private static final class Probe {
    final Peer target;
    final ProcessIncarnation life;
    final long beganNanos;
    final long directUntilNanos;
    final long untilNanos;
    boolean indirect;
    int helpers;
    int nacks;

    Probe(Peer target, long beganNanos, long directNanos, long indirectNanos) {
      this.target = target;
      this.life = target.life();
      this.beganNanos = beganNanos;
      this.directUntilNanos = beganNanos + directNanos;
      this.untilNanos = directUntilNanos + indirectNanos;
    }
  }

  /** A ping on behalf of another member. */
  private static final class Relay {
    final Peer origin;
    final Address from;
    final boolean stream;
    final long sequence;
    final long nackNanos;
    final long untilNanos;
    boolean nacked;

    Relay(
        Peer origin, Address from, boolean stream, long sequence, long nackNanos, long untilNanos) {
      this.origin = origin;
      this.from = from;
      this.stream = stream;
      this.sequence = sequence;
      this.nackNanos = nackNanos;
      this.untilNanos = untilNanos;
    }
  }

  private final DetectorConfig config;
  private final SwimRules rules;
  private final MemberTable table;
  private final OwnIdentity own;
  private final Outgoing out;
  private final LocalHealth health;
  private final DetectorCounters counters;
  private final RandomGenerator random;
  private final Listener listener;
  private final Map<Long, Probe> open = new LinkedHashMap<>();
  private final Map<Long, Relay> relays = new LinkedHashMap<>();
  private final List<Peer> order = new ArrayList<>();
  private int next;
  private long sequence;

  Prober(
      DetectorConfig config,
      SwimRules rules,
      MemberTable table,
      OwnIdentity own,
      Outgoing out,
      LocalHealth health,
      DetectorCounters counters,
      RandomGenerator random,
      Listener listener) {
    this.config = config;
    this.rules = rules;
    this.table = table;
    this.own = own;
    this.out = out;
    this.health = health;
    this.counters = counters;
    this.random = random;
    this.listener = listener;
    // Random, so that no answer to an earlier process of this member fits.
    this.sequence = random.nextLong() & 0xffff_ffff_fffeL;
  }

  /** Local health now. */
  int stretch() {
    return rules.stretch(config, health.score());
  }

  /** A new member is probed at a random point of the present round. */
  void added(Peer row) {
    order.add(row);
    int at = next + random.nextInt(order.size() - next);
    order.set(order.size() - 1, order.get(at));
    order.set(at, row);
  }

  /** Probes the next member of the round. */
  void probeNext(long nowNanos) {
    for (int i = 0; i <= order.size(); i++) {
      if (next >= order.size()) {
        shuffle();
        if (order.isEmpty()) {
          return;
        }
      }
      Peer row = order.get(next++);
      if (row.mayAnswer() && table.row(row.id) == row) {
        probe(row, nowNanos);
        return;
      }
    }
  }

  private void shuffle() {
    order.clear();
    next = 0;
    for (Peer row : table.others()) {
      if (row.mayAnswer()) {
        order.add(row);
      }
    }
    for (int i = order.size() - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      Peer row = order.get(i);
      order.set(i, order.get(other));
      order.set(other, row);
    }
  }

  void probe(Peer row, long nowNanos) {
    if (open.size() >= MAX_OPEN) {
      return;
    }
    long stretch = stretch() * 1_000_000L;
    sequence += 2;
    open.put(
        sequence,
        new Probe(
            row, nowNanos, config.directMillis() * stretch, config.indirectMillis() * stretch));
    ping(row, sequence, false, nowNanos);
    if (row.datagramsLost) {
      ping(row, sequence, true, nowNanos);
    }
  }

  /** The number of a ping says which way it went: the odd one over a connection. */
  private void ping(Peer row, long number, boolean stream, long nowNanos) {
    Body body = new Body.Ping(number + (stream ? 1 : 0), row.id);
    out.to(own, row, row.member().peer(), body, stream, nowNanos);
  }

  // --- messages

  void onAck(Peer sender, Body.Ack ack, long nowNanos) {
    boolean stream = (ack.sequence() & 1) == 1;
    long number = ack.sequence() & ~1L;
    Probe probe = open.remove(number);
    if (probe != null) {
      boolean itself = probe.target == sender;
      if (itself) {
        sender.datagramsLost = stream;
      }
      health.better();
      counters.probe(
          !itself ? ProbeResult.INDIRECT : stream ? ProbeResult.STREAM : ProbeResult.DIRECT);
      return;
    }
    Relay relay = relays.remove(number);
    if (relay == null) {
      counters.drop(Drop.UNEXPECTED);
    } else {
      Body answer = new Body.Ack(relay.sequence);
      out.to(own, relay.origin, relay.from, answer, relay.stream, nowNanos);
    }
  }

  void onNack(Body.Nack nack) {
    Probe probe = open.get(nack.sequence());
    if (probe == null || probe.nacks >= probe.helpers) {
      counters.drop(Drop.UNEXPECTED);
    } else {
      probe.nacks++;
    }
  }

  void onPingRequest(
      Peer origin, Address from, boolean stream, Body.PingRequest request, long nowNanos) {
    Peer target = table.row(request.target());
    if (target == null || target == own.row() || relays.size() >= MAX_RELAYS) {
      counters.drop(Drop.UNKNOWN);
      return;
    }
    sequence += 2;
    long indirect = config.indirectMillis() * 1_000_000L;
    Relay relay =
        new Relay(
            origin,
            from,
            stream,
            request.sequence(),
            nowNanos + indirect / 2,
            nowNanos + 2 * indirect);
    relays.put(sequence, relay);
    ping(target, sequence, false, nowNanos);
  }

  // --- time

  void tick(long nowNanos) {
    List<Probe> failed = new ArrayList<>();
    for (Iterator<Map.Entry<Long, Probe>> all = open.entrySet().iterator(); all.hasNext(); ) {
      Map.Entry<Long, Probe> each = all.next();
      Probe probe = each.getValue();
      if (nowNanos >= probe.untilNanos) {
        all.remove();
        failed.add(probe);
      } else if (!probe.indirect && nowNanos >= probe.directUntilNanos) {
        probe.indirect = true;
        askHelpers(probe, each.getKey(), nowNanos);
      }
    }
    failed.forEach(probe -> end(probe, nowNanos));
    for (Iterator<Relay> all = relays.values().iterator(); all.hasNext(); ) {
      Relay relay = all.next();
      if (!relay.nacked && nowNanos >= relay.nackNanos && config.lifeguard()) {
        relay.nacked = true;
        Body nack = new Body.Nack(relay.sequence);
        out.to(own, relay.origin, relay.from, nack, relay.stream, nowNanos);
      }
      if (nowNanos >= relay.untilNanos) {
        all.remove();
      }
    }
    Probe oldest = open.isEmpty() ? null : open.values().iterator().next();
    counters.oldestProbeNanos = oldest == null ? 0 : nowNanos - oldest.beganNanos;
  }

  private void askHelpers(Probe probe, long number, long nowNanos) {
    for (Peer helper : table.pick(config.helpers(), probe.target, random)) {
      out.to(own, helper, new Body.PingRequest(number, probe.target.id), nowNanos);
      probe.helpers++;
    }
    if (!probe.target.datagramsLost) {
      ping(probe.target, number, true, nowNanos);
    }
  }

  private void end(Probe probe, long nowNanos) {
    counters.probe(ProbeResult.FAILED);
    boolean owed = config.lifeguard() && probe.helpers > 0;
    health.worse(owed ? probe.helpers - probe.nacks : 1);
    Peer target = probe.target;
    if (target.mayAnswer() && target.life().equals(probe.life)) {
      listener.failed(target, nowNanos);
    }
  }

  /** This process was paused: an answer may wait unread, so that open probes say nothing. */
  void abandon() {
    open.values().forEach(probe -> counters.probe(ProbeResult.ABANDONED));
    open.clear();
  }

  /** Probes and relays that wait for an answer. */
  int waiting() {
    return open.size() + relays.size();
  }
}
