package starling.node.sim;

import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import starling.node.coordinator.Condition;
import starling.node.coordinator.RequestOptions;
import starling.node.port.Transport;
import starling.node.replica.ReadOutcome;
import starling.node.replica.ReadRequest;
import starling.node.replica.Refusal;
import starling.node.replica.Tampering;
import starling.node.replica.WriteOutcome;
import starling.node.replica.WriteRequest;
import starling.node.storage.Completion;
import starling.node.storage.Durability;
import starling.node.storage.Key;
import starling.node.storage.PositionRange;
import starling.node.storage.Refused;
import starling.node.storage.ScanPage;
import starling.node.storage.Storage;
import starling.node.storage.StorageFailure;
import starling.node.storage.StorageRecovery;
import starling.node.storage.StorageStatistics;
import starling.node.storage.Stored;
import starling.node.version.Limits;
import starling.node.version.Siblings;
import starling.node.version.TornSet;
import starling.sim.Simulation;
import starling.sim.SplitMix;

/**
 * Promises broken on purpose, one each, at the edge of the node or of its client. None is visible
 * in any one answer; a checker that does not find them all is worth nothing.
 */
enum PlantedBug {
  /** Steps of one key see what is durable instead of what was appended last. */
  MERGES_WITH_WHAT_IS_DURABLE("lost|resurrected|false sibling") {
    @Override
    SimWiring wiring() {
      return storage(log -> new CompletesAtOnce(log));
    }
  },

  /** An append that asked for a fsync completes before it. */
  ACKNOWLEDGES_BEFORE_THE_FSYNC("lost|resurrected|false sibling") {
    @Override
    SimWiring wiring() {
      return storage(log -> new NeverWaitsForFsync(log));
    }

    @Override
    SwarmPlan plan(SwarmPlan drawn) {
      return drawn.with(
          plan -> {
            plan.durability = Durability.SYNCED;
            plan.meanDiskNanos = 40_000_000;
            plan.troubles = List.of();
            plan.trouble(1, Trouble.Kind.POWER_ALL, Trouble.Kind.POWER_ALL_AFTER_ANSWER);
          });
    }
  },

  /** A write answers with a context that claims siblings its client was never shown. */
  CONTEXTS_CLAIM_MORE_THAN_WAS_SHOWN("lost") {
    @Override
    ClientHabits habits() {
      return (cluster, node, request, done) ->
          cluster.write(
              node,
              request,
              outcome -> {
                if (outcome instanceof WriteOutcome.Written written && cluster.up(node)) {
                  String key = SimCluster.text(request.key());
                  readSilently(cluster, node, key, read -> done.accept(claiming(read, written)));
                } else {
                  done.accept(outcome);
                }
              });
    }
  },

  /** A blind write is made without hearing what others have seen. */
  BLIND_WRITES_DO_NOT_ASK("false sibling") {
    @Override
    SimWiring wiring() {
      return frames(Tampering::hideWhatWasSeen);
    }
  },

  /** The same where the last writer wins: its counter may be too low. */
  LAST_WRITERS_DO_NOT_ASK("beaten by what is older") {
    @Override
    SimWiring wiring() {
      return frames(Tampering::hideWhatWasSeen);
    }

    @Override
    SwarmPlan plan(SwarmPlan drawn) {
      return drawn.with(plan -> plan.lastWriterWins = true);
    }
  },

  /** A set travels without one of its siblings. */
  SETS_ARE_TAKEN_APART("lost") {
    @Override
    SimWiring wiring() {
      return frames(Tampering::tearSets);
    }
  },

  /** A write that was handed on is handed on once more, though the first node took it. */
  WRITES_ARE_HANDED_ON_TWICE("resurrected|false sibling") {
    @Override
    SimWiring wiring() {
      return new SimWiring() {
        @Override
        Transport transport(SimProcess process, Transport network) {
          return new HandsOnTwice(process, network);
        }
      };
    }

    @Override
    SwarmPlan plan(SwarmPlan drawn) {
      return ofFive(drawn);
    }
  },

  /** A write that is sent again is not known by its name. */
  RETRIES_ARE_NOT_RECOGNISED("made twice|resurrected|torn past|session|false sibling") {
    /** Clients whose answers are lost on the way: they ask again, and elsewhere. */
    @Override
    ClientHabits habits() {
      return (cluster, node, request, done) ->
          cluster.write(
              node,
              request,
              outcome -> {
                int other = (node + 1) % cluster.size();
                if (outcome instanceof WriteOutcome.Written
                    && request.idempotency() != null
                    && cluster.up(other)) {
                  cluster.write(other, nameless(request), done);
                } else {
                  done.accept(outcome);
                }
              });
    }
  },

  /** A process does not look for the hints that the one before it has kept. */
  HINTS_ARE_FORGOTTEN_AT_A_RESTART("lost") {
    @Override
    SimWiring wiring() {
      return storage(ForgetsItsHints::new);
    }

    @Override
    SwarmPlan plan(SwarmPlan drawn) {
      return stoodIn(drawn, Trouble.Kind.CRASH_ALL, Trouble.Kind.CRASH);
    }
  },

  /** A write counts those that it was sent to, not those that have taken it. */
  WRITES_COUNT_WHAT_WAS_SENT("lost|false sibling") {
    @Override
    SimWiring wiring() {
      return answering(Tampering::tookTheWrite, 0.2);
    }
  },

  /** The log keeps one sibling, the latest. */
  THE_LATEST_SIBLING_WINS("lost") {
    @Override
    SimWiring wiring() {
      return storage(log -> new Changes(log, TornSet::onlyLast));
    }
  },

  /**
   * Vectors alone tell events apart: of one actor's siblings the last one has replaced the rest.
   */
  EVENTS_HAVE_NO_DOTS("lost") {
    @Override
    SimWiring wiring() {
      return storage(log -> new Changes(log, TornSet::oneOfEachActor));
    }
  },

  /** Who is asked with a hash says that it holds the same: one that leaves out all that counts. */
  HASHES_ARE_ALWAYS_EQUAL("false sibling") {
    @Override
    SimWiring wiring() {
      return frames(Tampering::sameAsKnown);
    }
  },

  /** A delete leaves nothing behind that would replace the value where it is still held. */
  DELETES_ARE_REAPED_AT_ONCE("resurrected") {
    @Override
    SimWiring wiring() {
      return storage(ReapsAtOnce::new);
    }
  },

  /** What has rotted is read as it is: no check tells it from what was written. */
  ROT_IS_NOT_NOTICED("phantom|lost|holds another content") {
    @Override
    SimWiring wiring() {
      return storage(RotsUnnoticed::new);
    }
  },

  /** A delete stands as a value. */
  DELETES_ARE_SHOWN("phantom") {
    @Override
    SimWiring wiring() {
      return storage(log -> new Changes(log, TornSet::tombstonesAsValues));
    }
  },

  /** Now and then a step writes over what stands, as if nothing did. */
  STEPS_DO_NOT_MERGE("lost") {
    @Override
    SimWiring wiring() {
      return storage(SeesNothing::new);
    }
  },

  /** A client in a hurry takes its timeout for a refusal. */
  TIMEOUTS_ARE_TAKEN_FOR_REFUSALS("phantom") {
    @Override
    ClientHabits habits() {
      return (cluster, node, request, done) ->
          cluster.write(
              node,
              request,
              outcome ->
                  done.accept(
                      outcome instanceof WriteOutcome.Refused refused
                          ? new WriteOutcome.Refused(
                              Refusal.of(refused.refusal().kind(), refused.refusal().detail()))
                          : outcome));
    }
  },

  /** A read with a context answers before it has found what the context has seen. */
  CONTEXTS_OF_READS_ARE_NOT_WAITED_FOR("session") {
    @Override
    ClientHabits habits() {
      return new ClientHabits() {
        @Override
        public void write(
            SimCluster cluster, int node, WriteRequest request, Consumer<WriteOutcome> done) {
          cluster.write(node, request, done);
        }

        @Override
        public void read(
            SimCluster cluster, int node, ReadRequest request, Consumer<ReadOutcome> done) {
          cluster.read(
              node,
              new ReadRequest(
                  request.requestId(), request.bucket(), request.key(), null, request.options()),
              done);
        }
      };
    }

    @Override
    SwarmPlan plan(SwarmPlan drawn) {
      return stoodIn(drawn);
    }
  },

  /** A conditional write is judged, and then sent blind. */
  CONDITIONAL_WRITES_GO_BLIND("lost") {
    @Override
    ClientHabits habits() {
      return (cluster, node, request, done) -> {
        if (request.condition() instanceof Condition.Matches matches) {
          readSilently(
              cluster,
              node,
              SimCluster.text(request.key()),
              read -> {
                boolean holds =
                    read instanceof ReadOutcome.Found found
                        && matches.hashes().contains(found.versionHash());
                Condition rest = holds ? Condition.NONE : request.condition();
                if (cluster.up(node)) {
                  cluster.write(node, with(request, null, rest), done);
                }
              });
        } else {
          cluster.write(node, request, done);
        }
      };
    }
  };

  private final String finding;

  PlantedBug(String finding) {
    this.finding = finding;
  }

  /** What the checker must say, as a regular expression. */
  String finding() {
    return finding;
  }

  SimWiring wiring() {
    return SimWiring.PLAIN;
  }

  ClientHabits habits() {
    return ClientHabits.HONEST;
  }

  /** The bug shows only under some circumstances. */
  SwarmPlan plan(SwarmPlan drawn) {
    return drawn;
  }

  /** As many nodes as it takes for some to be no primaries of a key. */
  private static SwarmPlan ofFive(SwarmPlan drawn) {
    return drawn.with(
        plan -> {
          plan.nodes = 5;
          plan.troubles = plan.troubles.stream().map(trouble -> trouble.among(plan.nodes)).toList();
        });
  }

  /** Fallbacks stand in for primaries that are away again and again. */
  private static SwarmPlan stoodIn(SwarmPlan drawn, Trouble.Kind... more) {
    return ofFive(drawn)
        .with(
            plan -> {
              plan.sloppy = true;
              plan.lastWriterWins = false;
              plan.hintBytes = 1 << 30;
              plan.troubles = List.of();
              plan.trouble(2, Trouble.Kind.ISOLATE, Trouble.Kind.SIDES, Trouble.Kind.BRIDGE);
              if (more.length > 0) {
                plan.trouble(3, more);
              }
            });
  }

  /** Frames for which an answer is made up do not reach anybody. */
  private static SimWiring answering(UnaryOperator<byte @Nullable []> answer, double often) {
    return new SimWiring() {
      @Override
      Transport transport(SimProcess process, Transport network) {
        return new Transport() {
          @Override
          public boolean send(UUID peer, Channel channel, byte[] frame) {
            byte[] made = answer.apply(frame);
            if (made == null || !process.chance(often)) {
              return network.send(peer, channel, frame);
            }
            process.soon(() -> process.node.onMessage(peer, made));
            return true;
          }

          @Override
          public boolean connected(UUID peer, Channel channel) {
            return network.connected(peer, channel);
          }
        };
      }
    };
  }

  private static void readSilently(
      SimCluster cluster, int node, String key, Consumer<ReadOutcome> done) {
    cluster.read(node, Workload.BUCKET, key, null, RequestOptions.NONE, done);
  }

  private static WriteRequest with(
      WriteRequest request, @Nullable String context, Condition condition) {
    return new WriteRequest(
        request.requestId(),
        request.bucket(),
        request.key(),
        request.content(),
        context,
        condition,
        request.options(),
        request.idempotency());
  }

  private static WriteRequest nameless(WriteRequest request) {
    return new WriteRequest(
        request.requestId(),
        request.bucket(),
        request.key(),
        request.content(),
        request.context(),
        request.condition(),
        request.options(),
        null);
  }

  private static WriteOutcome claiming(ReadOutcome read, WriteOutcome.Written written) {
    return read instanceof ReadOutcome.Found found
        ? new WriteOutcome.Written(found.context(), written.versionHash())
        : written;
  }

  /** A process takes up the actors of the one before it. */
  static SimWiring oldActors() {
    return new SimWiring() {
      @Override
      RandomGenerator identity(Simulation sim, String node, int life) {
        long always = SplitMix.named(sim.seed(), "identity " + node).nextLong();
        return () -> always;
      }
    };
  }

  /** A directory of the past, or of nothing but an id, is taken for the present one. */
  static SimWiring trustsOldCopies() {
    return storage(TrustsItself::new);
  }

  /**
   * The first batch of hints to each node is lost on the way.
   *
   * @param letGo whether the hints in it are let go all the same, as if sending were enough
   */
  static SimWiring firstHintsAreLost(boolean letGo) {
    return new SimWiring() {
      @Override
      Transport transport(SimProcess process, Transport network) {
        return new LosesFirstHints(process, network, letGo);
      }
    };
  }

  /** Merges refuse what a client's write would be refused for. */
  static SimWiring limitsApplyToMerges() {
    return storage(LimitsMerges::new);
  }

  /** Changes frames on their way. */
  static SimWiring frames(UnaryOperator<byte[]> change) {
    return new SimWiring() {
      @Override
      Transport transport(SimProcess process, Transport network) {
        return new Transport() {
          @Override
          public boolean send(UUID peer, Channel channel, byte[] frame) {
            return network.send(peer, channel, change.apply(frame));
          }

          @Override
          public boolean connected(UUID peer, Channel channel) {
            return network.connected(peer, channel);
          }
        };
      }
    };
  }

  private static SimWiring storage(UnaryOperator<Storage> change) {
    return new SimWiring() {
      @Override
      Storage storage(SimProcess process, Storage log) {
        return change.apply(log);
      }
    };
  }

  private static final class LosesFirstHints implements Transport {
    private final SimProcess process;
    private final Transport network;
    private final boolean letGo;
    private final Set<UUID> lost = new HashSet<>();

    LosesFirstHints(SimProcess process, Transport network, boolean letGo) {
      this.process = process;
      this.network = network;
      this.letGo = letGo;
    }

    @Override
    public boolean send(UUID peer, Channel channel, byte[] frame) {
      byte[] taken = Tampering.tookTheHints(frame);
      if (taken == null || !lost.add(peer)) {
        return network.send(peer, channel, frame);
      }
      if (letGo) {
        process.soon(() -> process.node.onMessage(peer, taken));
      }
      return true;
    }

    @Override
    public boolean connected(UUID peer, Channel channel) {
      return network.connected(peer, channel);
    }
  }

  /** Hands each write on to one more node. */
  private static final class HandsOnTwice implements Transport {
    private final SimProcess process;
    private final Transport network;

    HandsOnTwice(SimProcess process, Transport network) {
      this.process = process;
      this.network = network;
    }

    @Override
    public boolean send(UUID peer, Channel channel, byte[] frame) {
      if (Tampering.handsOn(frame)) {
        List<UUID> others =
            process.node.members().stream()
                .map(member -> member.id())
                .filter(id -> !id.equals(peer) && !id.equals(process.home.id))
                .toList();
        others.forEach(other -> network.send(other, channel, frame));
      }
      return network.send(peer, channel, frame);
    }

    @Override
    public boolean connected(UUID peer, Channel channel) {
      return network.connected(peer, channel);
    }
  }

  /** A log whose appends complete before they can be read. */
  private static final class CompletesAtOnce extends Passing {
    CompletesAtOnce(Storage log) {
      super(log);
    }

    @Override
    public @Nullable Refused append(
        Key key, int partition, long hash, byte[] set, Durability durability, Completion done) {
      Refused refused = super.append(key, partition, hash, set, durability, failure -> {});
      if (refused == null) {
        done.completed(null);
      }
      return refused;
    }
  }

  /** A log that takes every append for one that need not wait. */
  private static final class NeverWaitsForFsync extends Passing {
    NeverWaitsForFsync(Storage log) {
      super(log);
    }

    @Override
    public @Nullable Refused append(
        Key key, int partition, long hash, byte[] set, Durability durability, Completion done) {
      return super.append(key, partition, hash, set, Durability.REPLICATED, done);
    }
  }

  /** A log whose node never finds itself behind. */
  private static final class TrustsItself extends Passing {
    TrustsItself(Storage log) {
      super(log);
    }

    @Override
    public byte @Nullable [] meta(String name) {
      return name.equals("shown") ? Tampering.neverBehind() : super.meta(name);
    }

    @Override
    public StorageRecovery recovery() {
      StorageRecovery found = super.recovery();
      return new StorageRecovery(
          found.fresh(),
          found.records(),
          found.tornBytes(),
          found.setAside(),
          found.damagedMeta(),
          found.mayHaveLost(),
          Long.MAX_VALUE);
    }
  }

  /** A log that does not know where hints are. */
  private static final class ForgetsItsHints extends Passing {
    ForgetsItsHints(Storage log) {
      super(log);
    }

    @Override
    public byte @Nullable [] meta(String name) {
      return name.equals("hints") ? null : super.meta(name);
    }
  }

  /** A log that keeps something else than it was given, as if that had been given. */
  private static final class Changes extends Passing {
    private final UnaryOperator<Siblings> change;

    Changes(Storage log, UnaryOperator<Siblings> change) {
      super(log);
      this.change = change;
    }

    @Override
    public @Nullable Refused append(
        Key key, int partition, long hash, byte[] set, Durability durability, Completion done) {
      Siblings changed = change.apply(Tampering.held(set));
      byte[] kept = Tampering.withSet(set, changed);
      return super.append(key, partition, changed.hash(), kept, durability, done);
    }
  }

  /** A log that turns a bit of a value now and then, and every check with it. */
  private static final class RotsUnnoticed extends Passing {
    private static final int EVERY = 100;
    private int sets;

    RotsUnnoticed(Storage log) {
      super(log);
    }

    @Override
    public @Nullable Refused append(
        Key key, int partition, long hash, byte[] set, Durability durability, Completion done) {
      byte[] kept = set;
      if (++sets % EVERY == 0) {
        kept = Tampering.withSet(set, TornSet.rotten(Tampering.held(set)));
      }
      return super.append(key, partition, hash, kept, durability, done);
    }
  }

  /** A log that removes a key when all that stands of it is deleted. */
  private static final class ReapsAtOnce extends Passing {
    ReapsAtOnce(Storage log) {
      super(log);
    }

    @Override
    public @Nullable Refused append(
        Key key, int partition, long hash, byte[] set, Durability durability, Completion done) {
      OptionalLong before = versionHash(key);
      return before.isPresent() && Tampering.held(set).deleted()
          ? reap(key, partition, before.getAsLong(), done)
          : super.append(key, partition, hash, set, durability, done);
    }
  }

  /** A log that takes as many siblings of a key as a client may leave, and no more. */
  private static final class LimitsMerges extends Passing {
    LimitsMerges(Storage log) {
      super(log);
    }

    @Override
    public @Nullable Refused append(
        Key key, int partition, long hash, byte[] set, Durability durability, Completion done) {
      return Tampering.held(set).versions().size() > Limits.MOST_VERSIONS
          ? Refused.QUEUE_FULL
          : super.append(key, partition, hash, set, durability, done);
    }
  }

  /** A log that finds nothing, now and then. */
  private static final class SeesNothing extends Passing {
    private static final int EVERY = 40;
    private int reads;

    SeesNothing(Storage log) {
      super(log);
    }

    @Override
    public void read(Key key, Consumer<@Nullable Stored> answer) {
      super.read(key, stored -> answer.accept(++reads % EVERY == 0 ? null : stored));
    }
  }

  /** A storage that hands everything on. */
  static class Passing implements Storage {
    private final Storage log;

    Passing(Storage log) {
      this.log = log;
    }

    @Override
    public @Nullable Refused append(
        Key key, int partition, long hash, byte[] set, Durability durability, Completion done) {
      return log.append(key, partition, hash, set, durability, done);
    }

    @Override
    public @Nullable Refused reap(Key key, int partition, long hash, Completion done) {
      return log.reap(key, partition, hash, done);
    }

    @Override
    public void drop(PositionRange range, Completion done) {
      log.drop(range, done);
    }

    @Override
    public void snapshot(String name, Completion done) {
      log.snapshot(name, done);
    }

    @Override
    public void read(Key key, Consumer<@Nullable Stored> answer) {
      log.read(key, answer);
    }

    @Override
    public OptionalLong versionHash(Key key) {
      return log.versionHash(key);
    }

    @Override
    public void scan(
        PositionRange range, @Nullable Key after, int limit, Consumer<ScanPage> answer) {
      log.scan(range, after, limit, answer);
    }

    @Override
    public boolean isEmpty() {
      return log.isEmpty();
    }

    @Override
    public boolean holdsBucket(String bucket) {
      return log.holdsBucket(bucket);
    }

    @Override
    public void saveMeta(String name, byte[] bytes, Completion done) {
      log.saveMeta(name, bytes, done);
    }

    @Override
    public byte @Nullable [] meta(String name) {
      return log.meta(name);
    }

    @Override
    public long durableEnd() {
      return log.durableEnd();
    }

    @Override
    public StorageRecovery recovery() {
      return log.recovery();
    }

    @Override
    public void recoveryHandled(Completion done) {
      log.recoveryHandled(done);
    }

    @Override
    public StorageStatistics statistics() {
      return log.statistics();
    }

    @Override
    public @Nullable StorageFailure failure() {
      return log.failure();
    }

    @Override
    public void close(Runnable done) {
      log.close(done);
    }
  }
}
