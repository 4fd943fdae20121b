package starling.gossip.heartbeat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.gossip.DepartureIntent;
import starling.gossip.ProcessIncarnation;
import starling.gossip.Status;
import starling.gossip.detector.DetectorAction;

/**
 * All other members and their {@link MemberState}s. A plain failure detector in the manner of van
 * Renesse, Minsky and Hayden ("A Gossip-Style Failure Detection Service", 1998): each node counts
 * rounds in a heartbeat, the highest seen spreads, and each judges by how long it has not seen one
 * grow. A node does not believe the suspicions of others, so one deaf node cannot declare the rest
 * dead.
 *
 * <ol>
 *   <li>Limits of silence grow with the logarithm of the number of members, as spreading does.
 *   <li>A banned member has left for good, whatever it says.
 *   <li>At most {@link #MAX_MEMBERS} others are stored; further ones are rejected with a warning.
 * </ol>
 */
final class MemberList {
  static final int MAX_MEMBERS = 4_096;

  /** How an entry compares with what was known. */
  enum Heard {
    /** Neither side knows more. */
    NOTHING,
    /** A departure or a refutation that was not known. */
    NEWS,
    /** A member or a process incarnation that is not known here. */
    UNKNOWN,
    /** The sender knows less. */
    BEHIND
  }

  private final HeartbeatConfig config;
  private final Consumer<DetectorAction> actions;
  private final TreeMap<UUID, MemberState> accounts = new TreeMap<>();
  private final Set<UUID> banned = new HashSet<>();
  private boolean full;

  MemberList(HeartbeatConfig config, Consumer<DetectorAction> actions) {
    this.config = config;
    this.actions = actions;
  }

  @Nullable MemberState account(UUID id) {
    return accounts.get(id);
  }

  /** All accounts, ordered by id. */
  Collection<MemberState> accounts() {
    return Collections.unmodifiableCollection(accounts.values());
  }

  /** Members of any of these statuses, ordered by id. */
  List<MemberState> with(Set<Status> statuses) {
    List<MemberState> found = new ArrayList<>();
    for (MemberState account : accounts.values()) {
      if (statuses.contains(account.status())) {
        found.add(account);
      }
    }
    return found;
  }

  /** Whether this id is banned: nothing is accepted from it. */
  boolean shutsOut(UUID id) {
    MemberState account = accounts.get(id);
    return banned.contains(id) || (account != null && account.status() == Status.LEFT);
  }

  void ban(UUID id) {
    MemberState account = accounts.get(id);
    banned.add(id);
    if (account != null) {
      account.sayFarewell(DepartureIntent.LEFT);
      settle(account, Status.LEFT);
    }
  }

  /** Merges an entry of a digest. */
  Heard onEntry(Entry entry, long nowNanos) {
    if (banned.contains(entry.id())) {
      return Heard.NOTHING;
    }
    MemberState account = accounts.get(entry.id());
    if (account == null) {
      return Heard.UNKNOWN;
    }
    if (account.life().outranks(entry.life())) {
      return Heard.BEHIND;
    }
    if (account.status() == Status.LEFT) {
      return Heard.NOTHING;
    }
    boolean refutes = entry.life().outranks(account.life());
    if (refutes && !entry.life().sameProcess(account.life())) {
      return Heard.UNKNOWN;
    }
    if (refutes) {
      account.raiseIncarnation(entry.life().incarnation());
      account.signOfLife(nowNanos);
    }
    boolean lastWord = entry.farewell().later(account.farewell()) != account.farewell();
    if (lastWord) {
      account.sayFarewell(entry.farewell());
    }
    boolean behind = entry.heartbeat() < account.heartbeat();
    if (entry.heartbeat() > account.heartbeat()) {
      account.beat(entry.heartbeat());
      if (entry.status() == Status.ALIVE) {
        account.signOfLife(nowNanos);
      }
    }
    judge(account, nowNanos);
    if (refutes || lastWord) {
      return Heard.NEWS;
    }
    return behind ? Heard.BEHIND : Heard.NOTHING;
  }

  /** Merges a member record; returns whether it changed anything. */
  boolean onIntroduction(MemberRecord introduction, long nowNanos) {
    UUID id = introduction.member().id();
    if (banned.contains(id)) {
      return false;
    }
    MemberState known = accounts.get(id);
    if (known != null && !introduction.member().life().outranks(known.life())) {
      return onEntry(introduction.entry(), nowNanos) == Heard.NEWS;
    }
    if (known != null && known.status() == Status.LEFT) {
      return false;
    }
    if (known == null && accounts.size() >= MAX_MEMBERS) {
      if (!full) {
        full = true;
        actions.accept(
            new DetectorAction.Alarm(
                "more than " + MAX_MEMBERS + " other members: more are not accepted"));
      }
      return false;
    }
    Status status = introduction.farewell().status();
    if (status == Status.ALIVE && introduction.status() != Status.ALIVE) {
      status = introduction.status() == Status.SUSPECT ? Status.SUSPECT : Status.DEAD;
    }
    MemberState account = new MemberState(introduction, nowNanos - silenceOf(status), status);
    accounts.put(id, account);
    actions.accept(
        new DetectorAction.MemberChanged(
            account.member(), known == null ? null : known.status(), account.status()));
    return true;
  }

  /** A message came that names its process incarnation. */
  void heardFrom(UUID sender, ProcessIncarnation life, long nowNanos) {
    MemberState account = accounts.get(sender);
    if (account != null) {
      account.spoke(account.life().sameProcess(life));
      heardFrom(sender, nowNanos);
    }
  }

  /**
   * A message came that does not name its process incarnation: a sign of the known one, unless
   * another process was the last to send under this id. Else an ended process would seem alive
   * through the messages of the next.
   */
  void heardFrom(UUID id, long nowNanos) {
    MemberState account = accounts.get(id);
    if (account != null && account.status() != Status.LEFT && !account.anotherSpeaks()) {
      account.signOfLife(nowNanos);
      judge(account, nowNanos);
    }
  }

  /** Nothing answers at its address: it is suspect at once, unless it shows itself again. */
  void unreachable(UUID id, long nowNanos) {
    MemberState account = accounts.get(id);
    if (account != null && account.status() == Status.ALIVE) {
      account.noSignSince(nowNanos - suspectNanos());
      judge(account, nowNanos);
    }
  }

  void judgeAll(long nowNanos) {
    for (MemberState account : accounts.values()) {
      judge(account, nowNanos);
    }
  }

  /** This process was paused: silence during the pause counts against no member. */
  void forgive(long nowNanos) {
    for (MemberState account : accounts.values()) {
      if (account.status() == Status.ALIVE || account.status() == Status.SUSPECT) {
        account.signOfLife(nowNanos);
      }
    }
  }

  long roundNanos() {
    return config.roundMillis() * 1_000_000L;
  }

  long suspectNanos() {
    return scaled(config.suspectMillis());
  }

  long deadNanos() {
    return scaled(config.deadMillis());
  }

  private long scaled(int millis) {
    int members = accounts.size() + 1;
    double factor = Math.max(1, (Integer.SIZE - Integer.numberOfLeadingZeros(members)) / 3.0);
    return (long) (millis * 1_000_000.0 * factor);
  }

  private long silenceOf(Status status) {
    return switch (status) {
      case ALIVE -> 0;
      case SUSPECT -> suspectNanos();
      case DEAD, LEFT -> suspectNanos() + deadNanos();
    };
  }

  private void judge(MemberState account, long nowNanos) {
    settle(account, account.judge(nowNanos, suspectNanos(), deadNanos()));
  }

  private void settle(MemberState account, Status next) {
    Status before = account.status();
    if (before != next && before != Status.LEFT) {
      account.become(next);
      actions.accept(new DetectorAction.MemberChanged(account.member(), before, next));
    }
  }
}
