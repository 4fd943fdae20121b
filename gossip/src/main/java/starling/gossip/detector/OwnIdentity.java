package starling.gossip.detector;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.gossip.DepartureIntent;
import starling.gossip.Member;
import starling.gossip.ProcessIncarnation;
import starling.gossip.Status;

/**
 * What this member states about itself, and the watch over its own id.
 *
 * <p>A suspicion is refuted by a higher incarnation, which must be durable before it is used, or a
 * restart would look older than what others have seen. So that a member with a slow disk or little
 * CPU can refute at once, it makes a few incarnations durable in advance; after a restart it begins
 * above all of them.
 *
 * <p>Others may know a higher process incarnation of this id. If they say that it is dead, this one
 * raises its incarnation above it: the data directory came from a backup. If they say that it is
 * alive, this one asks the process at the address that they know. A message of another process of
 * this id makes the lower of both stop; no answer means that the other has ended.
 */
final class OwnIdentity {
  /** Incarnations that are durable in advance. */
  static final int RESERVE = 16;

  private static final int RIVAL_PINGS = 4;

  private final DetectorConfig config;
  private final SwimRules rules;
  private final MemberTable table;
  private final UpdateQueue queue;
  private final Outgoing out;
  private final Peer row;
  private long durable;
  private long asked;
  private long waiting;
  private long heartbeat;
  private DepartureIntent departure = DepartureIntent.NONE;
  private @Nullable Member rival;
  private int rivalPings;
  private long nextRivalPingNanos;

  OwnIdentity(
      DetectorConfig config,
      SwimRules rules,
      MemberTable table,
      UpdateQueue queue,
      Outgoing out,
      Member self) {
    this.config = config;
    this.rules = rules;
    this.table = table;
    this.queue = queue;
    this.out = out;
    this.durable = self.incarnation();
    this.asked = durable;
    this.row = table.add(self, Status.ALIVE, null, true, 0);
  }

  Member member() {
    return row.member();
  }

  Peer row() {
    return row;
  }

  long heartbeat() {
    return heartbeat;
  }

  void beat() {
    heartbeat++;
    row.beat(heartbeat);
  }

  Update introduction() {
    return new Update(row.id, row.life(), row.status(), List.of(), 0, row.member());
  }

  /** Announces this process and reserves incarnations. */
  void start(long nowNanos) {
    row.begin(nowNanos);
    queue.add(introduction());
    reserve();
  }

  /** Announces the departure. */
  void leave(DepartureIntent intent, long nowNanos) {
    departure = intent == DepartureIntent.LEFT ? intent : DepartureIntent.STOPPED;
    Status status = departure == DepartureIntent.LEFT ? Status.LEFT : Status.DEAD;
    table.changeSelf(row, row.member(), status, nowNanos);
    queue.add(row.update(false, nowNanos));
  }

  boolean leaving() {
    return departure != DepartureIntent.NONE;
  }

  void persisted(long incarnation, long nowNanos) {
    durable = Math.max(durable, incarnation);
    if (waiting > 0 && waiting <= durable) {
      become(waiting, nowNanos);
    }
  }

  /**
   * A statement about this id.
   *
   * @return whether the record that it means is needed to judge it
   */
  boolean onStatement(Update stated, long nowNanos) {
    ProcessIncarnation life = stated.life();
    if (stated.status() == Status.LEFT && !leaving()) {
      out.act(
          new DetectorAction.StepDown(
              "the members of the cluster say that node " + row.id + " has left for good"));
    } else if (life.sameProcess(row.life())) {
      boolean accused = stated.status() != Status.ALIVE && life.compareTo(row.life()) >= 0;
      if (accused && !leaving()) {
        long before = row.life().incarnation();
        raise(rules.refutation(life.incarnation()), nowNanos);
        if (row.life().incarnation() > before) {
          answer(stated.accusers(), nowNanos);
        }
      }
    } else if (life.outranks(row.life())) {
      if (stated.status() == Status.DEAD) {
        raise(life.incarnation() + 1, nowNanos);
      } else if (stated.record() == null) {
        return rival == null || !rival.life().sameProcess(life);
      } else if (rival == null || life.outranks(rival.life())) {
        rival = stated.record();
        rivalPings = 0;
        nextRivalPingNanos = nowNanos;
      }
    }
    return false;
  }

  /**
   * Raises the incarnation above a remembered one. While another process is asked whether it runs,
   * its answer, or its silence, decides.
   */
  void raiseAbove(long incarnation, long nowNanos) {
    if (rival == null && incarnation >= row.life().incarnation() && !leaving()) {
      raise(incarnation + 1, nowNanos);
    }
  }

  /** A packet came from another process of this id. */
  void onOtherProcess(ProcessIncarnation other, Address from, boolean stream) {
    if (other.outranks(row.life())) {
      out.act(
          new DetectorAction.StepDown(
              "another process runs as node "
                  + row.id
                  + " at "
                  + from
                  + " (incarnation "
                  + other.incarnation()
                  + ", this one has "
                  + row.life().incarnation()
                  + "): was the data directory copied?"));
    } else {
      out.send(this, from, new Body.Updates(false), stream, introduction());
    }
  }

  void tick(long nowNanos) {
    Member other = rival;
    if (other == null || nowNanos < nextRivalPingNanos) {
      return;
    }
    if (!other.life().outranks(row.life())) {
      rival = null;
    } else if (rivalPings < RIVAL_PINGS) {
      rivalPings++;
      nextRivalPingNanos = nowNanos + config.directMillis() * 1_000_000L;
      Body ping = new Body.Ping(0, row.id);
      out.send(this, other.peer(), ping, rivalPings % 2 == 0, introduction());
    } else {
      rival = null;
      raise(other.incarnation() + 1, nowNanos);
    }
  }

  private void raise(long incarnation, long nowNanos) {
    if (incarnation <= row.life().incarnation() && incarnation != waiting) {
      // Said again before the refutation came through.
      queue.add(row.update(false, nowNanos));
    } else if (incarnation <= durable) {
      become(incarnation, nowNanos);
    } else if (incarnation + RESERVE < ProcessIncarnation.MAX_INCARNATION) {
      waiting = Math.max(waiting, incarnation);
      persist(incarnation + RESERVE);
    }
  }

  /** The accusers end the suspicion first: they get the refutation first. */
  private void answer(List<UUID> accusers, long nowNanos) {
    for (UUID each : accusers) {
      Peer accuser = table.row(each);
      if (accuser != null && accuser != row) {
        out.to(this, accuser, new Body.Updates(false), nowNanos);
      }
    }
  }

  private void become(long incarnation, long nowNanos) {
    waiting = 0;
    if (incarnation > row.life().incarnation()) {
      boolean first = rival != null || heartbeat == 0;
      table.changeSelf(row, row.member().withIncarnation(incarnation), row.status(), nowNanos);
      queue.add(first ? introduction() : row.update(false, nowNanos));
      reserve();
    }
  }

  private void reserve() {
    if (row.life().incarnation() + RESERVE / 2 > asked) {
      persist(row.life().incarnation() + RESERVE);
    }
  }

  private void persist(long incarnation) {
    if (incarnation > asked && incarnation < ProcessIncarnation.MAX_INCARNATION) {
      asked = incarnation;
      out.act(new DetectorAction.PersistIncarnation(incarnation));
    }
  }
}
