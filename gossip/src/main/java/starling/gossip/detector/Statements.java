package starling.gossip.detector;

import java.util.List;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import starling.gossip.Member;
import starling.gossip.ProcessIncarnation;
import starling.gossip.Status;
import starling.gossip.detector.DetectorCounters.Drop;

/**
 * Merges what is said about other members into the table, and ends suspicions. The states of a
 * member and their transitions:
 *
 * <ul>
 *   <li>alive: answers probes, as far as is known. A failed probe or an accusation makes it
 *       suspect.
 *   <li>suspect: a higher incarnation makes it alive again; the end of the suspicion makes it dead.
 *   <li>dead: only a higher incarnation makes it alive again. After the retention it is forgotten.
 *   <li>left: for good.
 * </ul>
 */
final class Statements {
  private final DetectorConfig config;
  private final SwimRules rules;
  private final MemberTable table;
  private final UpdateQueue queue;
  private final OwnIdentity own;
  private final Outgoing out;
  private final LocalHealth health;
  private final DetectorCounters counters;
  private final RandomGenerator random;
  private final FollowUps followUps;
  private boolean full;

  Statements(
      DetectorConfig config,
      SwimRules rules,
      MemberTable table,
      UpdateQueue queue,
      OwnIdentity own,
      Outgoing out,
      LocalHealth health,
      DetectorCounters counters,
      FollowUps followUps,
      RandomGenerator random) {
    this.config = config;
    this.rules = rules;
    this.table = table;
    this.queue = queue;
    this.own = own;
    this.out = out;
    this.health = health;
    this.counters = counters;
    this.followUps = followUps;
    this.random = random;
  }

  /**
   * Merges a statement.
   *
   * @param by the member that makes it
   * @param row whether it is a row of the sender's table and not an update that spreads
   * @return whether it changed anything
   */
  boolean take(Update stated, UUID by, boolean row, long nowNanos) {
    if (stated.id().equals(own.row().id)) {
      if (own.onStatement(stated, nowNanos)) {
        followUps.want(stated.id());
      }
      return false;
    }
    if (table.banned(stated.id())) {
      counters.drop(Drop.BANNED);
      return false;
    }
    Peer known = table.row(stated.id());
    if (known == null) {
      return learn(stated, row, nowNanos);
    }
    boolean old = row && stated.status() == Status.DEAD && stated.life().equals(known.life());
    if (old && known.mayAnswer() && config.lifeguard()) {
      // Behind a partition that has healed, all were dead: it gets the time to refute that.
      Update doubt = new Update(stated.id(), stated.life(), Status.SUSPECT, List.of(by), 0, null);
      return merge(known, doubt, nowNanos);
    }
    return merge(known, stated, nowNanos);
  }

  /** Adds a member without spreading it. */
  void introduce(Member member, long nowNanos) {
    if (table.row(member.id()) == null && !table.banned(member.id()) && room()) {
      add(Update.introduction(member), member, nowNanos);
    }
  }

  private boolean learn(Update stated, boolean row, long nowNanos) {
    ProcessIncarnation past = table.forgotten(stated.id());
    Member record = stated.record();
    if (past != null && !stated.life().outranks(past)) {
      counters.drop(Drop.STALE);
      return false;
    }
    if (record == null) {
      counters.drop(Drop.UNKNOWN);
      if (stated.status() == Status.ALIVE || stated.status() == Status.SUSPECT) {
        followUps.want(stated.id());
      }
      return false;
    }
    boolean outdated =
        stated.status() == Status.DEAD
            && rules.forgets(config, stated.deadSeconds() * 1_000_000_000L);
    if (outdated || !room()) {
      return false;
    }
    Peer peer = add(stated, record, nowNanos);
    if (!row) {
      queue.add(peer.update(true, nowNanos));
    }
    return true;
  }

  private Peer add(Update stated, Member record, long nowNanos) {
    Suspicion doubt = stated.status() == Status.SUSPECT ? suspicion(stated, nowNanos) : null;
    long since = nowNanos - stated.deadSeconds() * 1_000_000_000L;
    Peer peer = table.add(record, stated.status(), doubt, false, since);
    if (peer.mayAnswer()) {
      followUps.added(peer);
    }
    out.act(new DetectorAction.MemberChanged(record, null, stated.status()));
    return peer;
  }

  private boolean room() {
    if (table.full() && !full) {
      full = true;
      out.act(
          new DetectorAction.Alarm(
              "the table has " + MemberTable.MAX_MEMBERS + " members: more are not accepted"));
    }
    return !table.full();
  }

  private boolean merge(Peer known, Update stated, long nowNanos) {
    if (!rules.supersedes(stated.life(), stated.status(), known.life(), known.status())) {
      return confirm(known, stated, nowNanos);
    }
    boolean sameProcess = stated.life().sameProcess(known.life());
    Member record = stated.record();
    if (record == null && !sameProcess) {
      if (stated.status() == Status.LEFT) {
        record = known.member();
      } else {
        followUps.want(known.id);
        return false;
      }
    }
    Member next =
        record != null ? record : known.member().withIncarnation(stated.life().incarnation());
    Suspicion before = known.suspicion();
    Suspicion doubt = stated.status() == Status.SUSPECT ? suspicion(stated, nowNanos) : null;
    if (before != null && stated.status() == Status.ALIVE) {
      counters.suspicionsRefuted++;
    } else if (before != null && stated.status() == Status.DEAD) {
      counters.suspicionsConfirmed++;
    }
    change(known, next, stated.status(), doubt, nowNanos - stated.deadSeconds() * 1_000_000_000L);
    queue.add(known.update(!sameProcess, nowNanos));
    if (doubt != null) {
      counters.suspicionsRaised++;
      hear(known);
    }
    return true;
  }

  /** Merges the accusers of a suspicion that is known. */
  private boolean confirm(Peer known, Update stated, long nowNanos) {
    Suspicion doubt = known.suspicion();
    boolean same = stated.life().equals(known.life()) && stated.status() == Status.SUSPECT;
    if (doubt == null || !same) {
      return false;
    }
    boolean more = false;
    for (UUID accuser : stated.accusers()) {
      more |= doubt.accuse(accuser);
    }
    if (more) {
      queue.add(known.update(false, nowNanos));
    }
    return more;
  }

  /** This member has reason to suspect another. */
  void suspect(Peer known, long nowNanos) {
    Suspicion doubt = known.suspicion();
    if (known.status() == Status.ALIVE) {
      counters.suspicionsRaised++;
      Suspicion first = new Suspicion(expected(), nowNanos);
      first.accuse(own.row().id);
      change(known, known.member(), Status.SUSPECT, first, nowNanos);
      queue.add(known.update(false, nowNanos));
    } else if (doubt != null && doubt.accuse(own.row().id)) {
      queue.add(known.update(false, nowNanos));
    }
  }

  /** Ends suspicions that have lasted long enough. */
  void tick(long nowNanos) {
    if (table.suspects().isEmpty()) {
      return;
    }
    for (Peer suspect : List.copyOf(table.suspects())) {
      Suspicion doubt = suspect.suspicion();
      if (config.lifeguard()
          && doubt != null
          && doubt.halfOver(rules, config, health.score(), nowNanos)) {
        followUps.doubt();
      }
      if (doubt != null && doubt.due(rules, config, health.score(), nowNanos)) {
        counters.suspicionsConfirmed++;
        change(suspect, suspect.member(), Status.DEAD, null, nowNanos);
        queue.add(suspect.update(false, nowNanos));
      }
    }
  }

  /** This process was paused: refutations may wait unread. */
  void postpone(long nanos) {
    for (Peer suspect : table.suspects()) {
      Suspicion doubt = suspect.suspicion();
      if (doubt != null) {
        doubt.postpone(nanos);
      }
    }
  }

  void ban(Peer known, long nowNanos) {
    if (known.status() != Status.LEFT) {
      change(known, known.member(), Status.LEFT, null, nowNanos);
      queue.add(known.update(false, nowNanos));
    }
  }

  private void change(
      Peer known, Member member, Status status, @Nullable Suspicion doubt, long sinceNanos) {
    Status before = known.status();
    boolean record = !member.life().sameProcess(known.life());
    boolean answered = known.mayAnswer();
    table.change(known, member, status, doubt, sinceNanos);
    if (!answered && known.mayAnswer()) {
      followUps.added(known);
    }
    if (before != status || record) {
      out.act(new DetectorAction.MemberChanged(member, before, status));
    }
  }

  private Suspicion suspicion(Update stated, long nowNanos) {
    Suspicion doubt = new Suspicion(expected(), nowNanos);
    stated.accusers().forEach(doubt::accuse);
    return doubt;
  }

  /** Members that can confirm: all but the suspect and the accuser. */
  private int expected() {
    return Math.max(0, Math.min(config.confirmations(), table.answering() - 1));
  }

  /** About {@code hearingProbes} of all members probe a suspect because they hear of it. */
  private void hear(Peer suspect) {
    if (config.lifeguard()
        && random.nextDouble() * (table.answering() + 1) < config.hearingProbes()) {
      followUps.heardOf(suspect);
    }
  }
}
