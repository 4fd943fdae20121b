package starling.node.topology;

import java.util.List;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import starling.ring.RingNode;

/**
 * One node's part in the log of ring records (PROTOCOL P27): it proposes records, votes for them,
 * learns which were chosen, and catches up where it lacks some. A state machine with one owner:
 * inputs are methods, time is an argument, actions come out of {@link #drain}, which is to be
 * called after every input.
 *
 * <ol>
 *   <li>The same inputs and the same generator give the same actions.
 *   <li>A majority of the voters after record k chooses record k + 1, once. The founder alone
 *       chooses record 1.
 *   <li>No message leaves before what it tells is durable.
 *   <li>Liveness decides nothing here: a member that is down counts in the majority until a record
 *       bans it.
 * </ol>
 *
 * <p>A record costs each voter four messages: prepare, promise, accept, vote. That it was chosen
 * travels by gossip, as its number and hash ({@link #onAnnounced}): a voter that has voted for it
 * needs no further message, any other fetches it.
 */
public final class RingConsensus {
  private static final long RESTATE_NANOS = 10_000_000_000L;

  private final ConsensusConfig config;
  private final UUID self;
  private final long processNonce;
  private final RandomGenerator random;
  private final RecordLog log;
  private final Outbox outbox;
  private final Acceptor acceptor;
  private final Recollection recollection;
  private final CatchUp catchUp;
  private @Nullable Proposer proposer;
  private long highestRound;

  /** Whether the proposal under way is this node's own, which no caller waits for. */
  private boolean restating;

  private boolean conflictReported;

  /**
   * @param processNonce drawn by this process; no two processes of a node may share one
   * @param log what this node stored; owned by the new object
   * @param memory what this node stored, or {@link VoteMemory#NONE}
   */
  public RingConsensus(
      ConsensusConfig config,
      UUID self,
      long processNonce,
      RandomGenerator random,
      RecordLog log,
      VoteMemory memory) {
    this.config = config;
    this.self = self;
    this.processNonce = processNonce;
    this.random = random;
    this.log = log;
    this.outbox = new Outbox(self);
    this.acceptor = new Acceptor(outbox, memory);
    this.recollection =
        new Recollection(self, acceptor, outbox, config.resendNanos(), processNonce);
    this.catchUp = new CatchUp(self, log, outbox, config.resendNanos());
  }

  /** The ring after the last record that this node knows, which may not be durable yet. */
  public RingState state() {
    return log.state();
  }

  /**
   * Founds the ring with record 1, which the founder alone chooses.
   *
   * @throws InvalidRecordException if it founds none
   */
  public void found(RingRecord first) {
    if (log.last() != 0) {
      throw new IllegalStateException("the ring is founded: " + log.state());
    }
    append(first);
  }

  /**
   * The directory of this node was lost or rolled back: what it promised and voted is not known. To
   * be called before anything else.
   */
  public void forget() {
    acceptor.remember(acceptor.memory().forgotten());
  }

  /** Whether a proposal of this node is under way; a second one must wait. */
  public boolean proposing() {
    return proposer != null;
  }

  /**
   * Proposes the next record. The outcome comes as {@link ConsensusAction.ProposalEnded}.
   *
   * @param insisted whether an operator insists on a ring that does not pass the check
   * @param deadlineNanos when to give up
   * @throws InvalidRecordException if the record breaks a rule of the ring
   */
  public void propose(
      List<RingChange> changes, boolean insisted, long deadlineNanos, long nowNanos) {
    RingState state = log.state();
    if (proposer != null) {
      throw new IllegalStateException("a proposal for record " + (state.number() + 1) + " runs");
    }
    if (!state.isMember(self)) {
      throw new InvalidRecordException(self + " is no member and cannot change the ring");
    }
    RingRecord record =
        new RingRecord(state.line(), state.number() + 1, state.hash(), insisted, changes);
    if (record.encode().length > RingRecord.MAX_BYTES) {
      throw new InvalidRecordException("the record is longer than " + RingRecord.MAX_BYTES);
    }
    state.apply(record);
    begin(record, deadlineNanos, nowNanos);
    settle(nowNanos);
  }

  private void begin(RingRecord record, long deadlineNanos, long nowNanos) {
    proposer =
        new Proposer(
            config,
            random,
            outbox,
            log.state(),
            self,
            processNonce,
            record,
            highestRound,
            deadlineNanos);
    proposer.begin(nowNanos);
  }

  /**
   * A voter that lost its directory votes again after the next record. It proposes one that changes
   * nothing, so that no second loss meets a voter that is still silent.
   */
  private void endSilence(long nowNanos) {
    RingState state = log.state();
    RingNode member = state.members().get(self);
    if (proposer == null && member != null && recollection.waitsForRecord(state)) {
      restating = true;
      RingRecord record =
          new RingRecord(
              state.line(),
              state.number() + 1,
              state.hash(),
              false,
              List.of(new RingChange.StateMember(member)));
      begin(record, nowNanos + RESTATE_NANOS, nowNanos);
    }
  }

  /** A message came over the connection of this peer. */
  public void onMessage(UUID from, ConsensusMessage message, long nowNanos) {
    if (!message.line().equals(log.state().line())) {
      outbox.now(new ConsensusAction.OtherLine(from, message.line()));
      return;
    }
    handle(from, message, nowNanos);
    settle(nowNanos);
  }

  /**
   * A peer knows this record as its last. A voter that has voted for the very record knows by that
   * that it was chosen.
   */
  public void onAnnounced(UUID from, Line line, long number, RecordHash hash, long nowNanos) {
    if (!line.equals(log.state().line())) {
      outbox.now(new ConsensusAction.OtherLine(from, line));
      return;
    }
    if (number <= log.last()) {
      requireSame(number, hash, from);
      return;
    }
    RingRecord voted = acceptor.voted(number);
    if (number == log.last() + 1 && voted != null && voted.hash().equals(hash)) {
      learn(voted, from);
    } else {
      catchUp.onAnnounced(from, number, nowNanos);
    }
    settle(nowNanos);
  }

  /** Everything that was to be stored up to this ticket is durable. */
  public void stored(long ticket, long nowNanos) {
    outbox.stored(ticket);
    settle(nowNanos);
  }

  /** To be called about ten times as often as {@link ConsensusConfig#resendMillis}. */
  public void tick(long nowNanos) {
    Proposer present = proposer;
    if (present != null) {
      end(present.tick(nowNanos));
    }
    recollection.tick(log.state(), nowNanos);
    endSilence(nowNanos);
    catchUp.tick(nowNanos);
    settle(nowNanos);
  }

  /** The actions since the last call, in order. */
  public List<ConsensusAction> drain() {
    return outbox.drain();
  }

  /** Handles what this node said to itself. */
  private void settle(long nowNanos) {
    for (ConsensusMessage next = outbox.nextToSelf(); next != null; next = outbox.nextToSelf()) {
      handle(self, next, nowNanos);
    }
  }

  private void handle(UUID from, ConsensusMessage message, long nowNanos) {
    if (message instanceof ConsensusMessage.Prepare m) {
      if (mayVote(from, m.number(), nowNanos)) {
        if (m.previous().equals(log.state().hash())) {
          outbox.send(from, acceptor.onPrepare(log.state(), m));
        } else {
          reportConflict(log.last(), from);
        }
      }
    } else if (message instanceof ConsensusMessage.Accept m) {
      if (mayVote(from, m.record().number(), nowNanos)) {
        outbox.send(from, acceptor.onAccept(log.state(), m));
      }
    } else if (message instanceof ConsensusMessage.Fetch m) {
      onFetch(from, m, nowNanos);
    } else if (message instanceof ConsensusMessage.Records m) {
      onRecords(from, m, nowNanos);
    } else if (message instanceof ConsensusMessage.Inquiry m) {
      if (log.state().voters().contains(self)) {
        outbox.send(from, recollection.statement(log.state(), m));
      }
    } else if (message instanceof ConsensusMessage.Statement m) {
      if (m.last() > log.last()) {
        catchUp.fetch(from, nowNanos);
      }
      recollection.onStatement(log.state(), from, m);
    } else {
      onReply(from, message, nowNanos);
    }
  }

  /** Answers to the proposal of this node. */
  private void onReply(UUID from, ConsensusMessage message, long nowNanos) {
    Proposer present = proposer;
    if (present == null) {
      return;
    }
    if (message instanceof ConsensusMessage.Promise m) {
      present.onPromise(from, m, nowNanos);
    } else if (message instanceof ConsensusMessage.Vote m) {
      RingRecord chosen = present.onVote(from, m);
      if (chosen != null) {
        learn(chosen, from);
      }
    } else if (message instanceof ConsensusMessage.Outbid m) {
      present.onOutbid(m, nowNanos);
    } else if (message instanceof ConsensusMessage.Declined m) {
      end(present.onDeclined(from, m));
    }
  }

  /**
   * Whether this node may promise or vote for a number at the request of a member. A proposer that
   * is behind is told the records instead, and this node asks for those that it lacks itself.
   */
  private boolean mayVote(UUID from, long number, long nowNanos) {
    if (number <= log.last()) {
      catchUp.sendRecords(from, number - 1);
      return false;
    }
    if (number > log.last() + 1) {
      catchUp.fetch(from, nowNanos);
      return false;
    }
    RingState state = log.state();
    return state.isMember(from) && state.voters().contains(self) && recollection.mayVote(number);
  }

  private void onFetch(UUID from, ConsensusMessage.Fetch m, long nowNanos) {
    if (m.after() > log.last()) {
      catchUp.fetch(from, nowNanos);
    }
    catchUp.sendRecords(from, m.after());
    Proposer present = proposer;
    if (present != null) {
      present.askAgain(from);
    }
  }

  private void onRecords(UUID from, ConsensusMessage.Records m, long nowNanos) {
    long before = log.last();
    for (RingRecord record : m.records()) {
      if (record.number() > log.last() + 1) {
        break;
      }
      learn(record, from);
    }
    if (log.last() > before) {
      catchUp.onProgress(from, nowNanos);
    }
  }

  /** A peer says that this record was chosen. */
  private void learn(RingRecord record, UUID from) {
    if (record.number() <= log.last()) {
      requireSame(record.number(), record.hash(), from);
      return;
    }
    try {
      append(record);
    } catch (InvalidRecordException e) {
      alarm(
          "record "
              + record.number()
              + " from member "
              + from
              + " does not follow this node's log and is not used: "
              + e.getMessage());
    }
  }

  private void append(RingRecord record) {
    log.append(record);
    RingState state = log.state();
    outbox.store(ticket -> new ConsensusAction.StoreRecord(ticket, record));
    outbox.whenDurable(new ConsensusAction.InForce(record, state));
    recollection.restart();
    Proposer present = proposer;
    if (present != null) {
      end(
          present.outcome(
              present.own().equals(record)
                  ? ProposalOutcome.Kind.CHOSEN
                  : ProposalOutcome.Kind.SUPERSEDED));
    }
  }

  private void end(@Nullable ProposalOutcome outcome) {
    Proposer present = proposer;
    if (outcome != null && present != null) {
      highestRound = Math.max(highestRound, present.highestRound());
      proposer = null;
      if (!restating) {
        outbox.whenDurable(new ConsensusAction.ProposalEnded(outcome));
      }
      restating = false;
    }
  }

  private void requireSame(long number, RecordHash hash, UUID from) {
    if (!log.hash(number).equals(hash)) {
      reportConflict(number, from);
    }
  }

  /** Cannot happen while every voter keeps its votes: reported once, since it never heals. */
  private void reportConflict(long number, UUID from) {
    if (!conflictReported) {
      conflictReported = true;
      alarm(
          "member "
              + from
              + " has another record "
              + number
              + " than this node: their logs differ, and neither accepts the other's records."
              + " Compare the ring of both, and let recover begin a new line on the side to keep");
    }
  }

  private void alarm(String text) {
    outbox.now(new ConsensusAction.Alarm(text));
  }
}
