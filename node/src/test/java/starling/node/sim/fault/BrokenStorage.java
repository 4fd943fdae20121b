package starling.node.sim.fault;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import starling.node.peer.Tampering;
import starling.node.sim.SimProcess;
import starling.node.sim.SimWiring;
import starling.node.storage.AppendRejection;
import starling.node.storage.Completion;
import starling.node.storage.CorruptRange;
import starling.node.storage.Durability;
import starling.node.storage.Key;
import starling.node.storage.PositionRange;
import starling.node.storage.ScanPage;
import starling.node.storage.SetPage;
import starling.node.storage.SetScan;
import starling.node.storage.Storage;
import starling.node.storage.StorageFailure;
import starling.node.storage.StorageRecovery;
import starling.node.storage.StorageStatistics;
import starling.node.storage.Stored;
import starling.node.version.Limits;
import starling.node.version.Siblings;
import starling.node.version.TornSet;

/**
 * A log that breaks one of the promises of {@link Storage}. All calls go on to the log below; each
 * kind overrides only those in which it breaks its promise. What it counts lasts as long as its
 * process and is drawn from nowhere, so a run does the same whenever it is repeated.
 */
public abstract class BrokenStorage implements Storage {
  private final Storage log;

  public BrokenStorage(Storage log) {
    this.log = log;
  }

  /** A wiring whose logs keep what {@code change} makes of a set. */
  static SimWiring changing(UnaryOperator<Siblings> change) {
    return SimWiring.withStorage(log -> new ChangesSets(log, change));
  }

  @Override
  public @Nullable AppendRejection append(
      Key key, int partition, long hash, byte[] set, Durability durability, Completion done) {
    return log.append(key, partition, hash, set, durability, done);
  }

  @Override
  public @Nullable AppendRejection reap(Key key, int partition, long hash, Completion done) {
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
  public void sync(Completion done) {
    log.sync(done);
  }

  @Override
  public OptionalLong versionHash(Key key) {
    return log.versionHash(key);
  }

  @Override
  public void scan(PositionRange range, @Nullable Key after, int limit, Consumer<ScanPage> answer) {
    log.scan(range, after, limit, answer);
  }

  @Override
  public void scanSets(SetScan scan, Consumer<SetPage> answer) {
    log.scanSets(scan, answer);
  }

  @Override
  public boolean isEmpty() {
    return log.isEmpty();
  }

  @Override
  public boolean containsBucket(String bucket) {
    return log.containsBucket(bucket);
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
  public List<CorruptRange> unhandledDamage() {
    return log.unhandledDamage();
  }

  @Override
  public void recoveryHandled(Collection<CorruptRange> ranges, boolean loss, Completion done) {
    log.recoveryHandled(ranges, loss, done);
  }

  @Override
  public StorageStatistics statistics() {
    return log.statistics();
  }

  @Override
  public @Nullable AppendRejection refuses() {
    return log.refuses();
  }

  @Override
  public @Nullable StorageFailure failure() {
    return log.failure();
  }

  @Override
  public void close(Runnable done) {
    log.close(done);
  }

  /** A log whose appends complete before they can be read. */
  public static final class CompletesAtOnce extends BrokenStorage {
    public CompletesAtOnce(Storage log) {
      super(log);
    }

    @Override
    public @Nullable AppendRejection append(
        Key key, int partition, long hash, byte[] set, Durability durability, Completion done) {
      AppendRejection refused = super.append(key, partition, hash, set, durability, failure -> {});
      if (refused == null) {
        done.completed(null);
      }
      return refused;
    }
  }

  /** A log that takes every append for one that need not wait. */
  static final class NeverWaitsForFsync extends BrokenStorage {
    NeverWaitsForFsync(Storage log) {
      super(log);
    }

    @Override
    public @Nullable AppendRejection append(
        Key key, int partition, long hash, byte[] set, Durability durability, Completion done) {
      return super.append(key, partition, hash, set, Durability.REPLICATED, done);
    }
  }

  /** A log whose node never finds itself behind. */
  static final class TrustsItself extends BrokenStorage {
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
          found.corruptRanges(),
          found.damagedMeta(),
          found.loss(),
          Long.MAX_VALUE);
    }
  }

  /** A log that does not repeat what it found before its node knew a ring. */
  static final class DropsEarlyDamage extends BrokenStorage {
    DropsEarlyDamage(Storage log) {
      super(log);
    }

    @Override
    public List<CorruptRange> unhandledDamage() {
      return List.of();
    }
  }

  /** A log that calls its end damaged as soon as anything of it is. */
  static final class BlamesDamage extends BrokenStorage {
    BlamesDamage(Storage log) {
      super(log);
    }

    @Override
    public StorageRecovery recovery() {
      StorageRecovery found = super.recovery();
      if (found.corruptRanges().isEmpty()) {
        return found;
      }
      List<CorruptRange> damaged = new ArrayList<>(found.corruptRanges());
      damaged.add(new CorruptRange(Integer.MAX_VALUE, 0, 0, null, "planted"));
      return new StorageRecovery(
          found.fresh(),
          found.records(),
          found.tornBytes(),
          damaged,
          found.damagedMeta(),
          found.loss(),
          found.end());
    }
  }

  /** A log that does not know where hints are. */
  public static final class ForgetsItsHints extends BrokenStorage {
    public ForgetsItsHints(Storage log) {
      super(log);
    }

    @Override
    public byte @Nullable [] meta(String name) {
      return name.equals("hints") ? null : super.meta(name);
    }
  }

  /** A log that forgets the requests that its machine's wall clock says are old. */
  static final class ForgetsByWallClock extends BrokenStorage {
    private final LongSupplier wallMillis;

    ForgetsByWallClock(Storage log, LongSupplier wallMillis) {
      super(log);
      this.wallMillis = wallMillis;
    }

    @Override
    public @Nullable AppendRejection append(
        Key key, int partition, long hash, byte[] set, Durability durability, Completion done) {
      Siblings changed =
          TornSet.withRecordsOfTheWindow(Tampering.held(set), wallMillis.getAsLong());
      byte[] kept = Tampering.withSet(set, changed);
      return super.append(key, partition, changed.hash(), kept, durability, done);
    }
  }

  /** A log that keeps something else than it was given, as if that had been given. */
  private static final class ChangesSets extends BrokenStorage {
    private final UnaryOperator<Siblings> change;

    ChangesSets(Storage log, UnaryOperator<Siblings> change) {
      super(log);
      this.change = change;
    }

    @Override
    public @Nullable AppendRejection append(
        Key key, int partition, long hash, byte[] set, Durability durability, Completion done) {
      Siblings changed = change.apply(Tampering.held(set));
      byte[] kept = Tampering.withSet(set, changed);
      return super.append(key, partition, changed.hash(), kept, durability, done);
    }
  }

  /** A log that turns a bit of a value now and then, and every check with it. */
  static final class RotsUnnoticed extends BrokenStorage {
    private static final int EVERY = 100;
    private int sets;

    RotsUnnoticed(Storage log) {
      super(log);
    }

    @Override
    public @Nullable AppendRejection append(
        Key key, int partition, long hash, byte[] set, Durability durability, Completion done) {
      byte[] kept = set;
      if (++sets % EVERY == 0) {
        kept = Tampering.withSet(set, TornSet.rotten(Tampering.held(set)));
      }
      return super.append(key, partition, hash, kept, durability, done);
    }
  }

  /** A log that removes a key when all that stands of it is deleted. */
  static final class ReapsAtOnce extends BrokenStorage {
    ReapsAtOnce(Storage log) {
      super(log);
    }

    @Override
    public @Nullable AppendRejection append(
        Key key, int partition, long hash, byte[] set, Durability durability, Completion done) {
      OptionalLong before = versionHash(key);
      return before.isPresent() && Tampering.held(set).deleted()
          ? reap(key, partition, before.getAsLong(), done)
          : super.append(key, partition, hash, set, durability, done);
    }
  }

  /** A log that keeps so few hints, and the latest of them: one more costs the oldest. */
  static final class MakesRoomForHints extends BrokenStorage {
    private static final int MOST = 2;
    private final Map<Key, Integer> hints = new LinkedHashMap<>();

    MakesRoomForHints(Storage log) {
      super(log);
    }

    @Override
    public @Nullable AppendRejection append(
        Key key, int partition, long hash, byte[] set, Durability durability, Completion done) {
      hints.remove(key);
      if (Tampering.isHint(set)) {
        hints.put(key, partition);
        if (hints.size() > MOST) {
          forget(hints.entrySet().iterator().next());
        }
      }
      return super.append(key, partition, hash, set, durability, done);
    }

    private void forget(Map.Entry<Key, Integer> oldest) {
      Key key = oldest.getKey();
      int partition = oldest.getValue();
      OptionalLong hash = versionHash(key);
      if (hash.isPresent()) {
        var unused = reap(key, partition, hash.getAsLong(), failure -> {});
      }
    }

    @Override
    public @Nullable AppendRejection reap(Key key, int partition, long hash, Completion done) {
      hints.remove(key);
      return super.reap(key, partition, hash, done);
    }
  }

  /** A log that removes a hint when it is looked at and has been there for long. */
  static final class ForgetsOldHints extends BrokenStorage {
    private record Since(int partition, long hash, long millis) {}

    private final LongSupplier nowMillis;
    private final long mostMillis;
    private final Map<Key, Since> hints = new LinkedHashMap<>();

    ForgetsOldHints(Storage log, LongSupplier nowMillis, long mostMillis) {
      super(log);
      this.nowMillis = nowMillis;
      this.mostMillis = mostMillis;
    }

    @Override
    public @Nullable AppendRejection append(
        Key key, int partition, long hash, byte[] set, Durability durability, Completion done) {
      if (Tampering.isHint(set)) {
        hints.put(key, new Since(partition, hash, nowMillis.getAsLong()));
      }
      return super.append(key, partition, hash, set, durability, done);
    }

    @Override
    public void read(Key key, Consumer<@Nullable Stored> answer) {
      Since since = hints.get(key);
      if (since != null && nowMillis.getAsLong() - since.millis() > mostMillis) {
        hints.remove(key);
        var unused = reap(key, since.partition(), since.hash(), failure -> {});
        answer.accept(null);
      } else {
        super.read(key, answer);
      }
    }
  }

  /**
   * A log whose hints of some keys are damaged: it says so when they are read, and at each start,
   * until another record of the key is appended.
   */
  static final class HasDamagedHints extends BrokenStorage {
    private final SimProcess process;
    private final Predicate<Key> which;
    private final Map<Key, CorruptRange> damaged = new LinkedHashMap<>();
    private final Set<Key> replaced = new HashSet<>();

    HasDamagedHints(SimProcess process, Storage log, Predicate<Key> which) {
      super(log);
      this.process = process;
      this.which = which;
    }

    @Override
    public void read(Key key, Consumer<@Nullable Stored> answer) {
      super.read(
          key,
          stored -> {
            boolean bad =
                stored != null
                    && Tampering.isHint(stored.set())
                    && which.test(key)
                    && !replaced.contains(key);
            if (bad && !damaged.containsKey(key)) {
              CorruptRange range = new CorruptRange(1, 64L * damaged.size(), 64, key, "rotten");
              damaged.put(key, range);
              process.node.onCorruptRange(range);
            }
            answer.accept(bad ? null : stored);
          });
    }

    @Override
    public @Nullable AppendRejection append(
        Key key, int partition, long hash, byte[] set, Durability durability, Completion done) {
      if (damaged.containsKey(key)) {
        replaced.add(key);
      }
      return super.append(key, partition, hash, set, durability, done);
    }

    @Override
    public OptionalLong versionHash(Key key) {
      return damaged.containsKey(key) && !replaced.contains(key)
          ? OptionalLong.empty()
          : super.versionHash(key);
    }
  }

  /** A log that finds none of its hints at the first look, and does not say that they are there. */
  static final class MissesHintsOnce extends BrokenStorage {
    private final Set<Key> missed = new HashSet<>();
    private @Nullable Key missing;

    MissesHintsOnce(Storage log) {
      super(log);
    }

    @Override
    public void read(Key key, Consumer<@Nullable Stored> answer) {
      super.read(
          key,
          stored -> {
            boolean miss = stored != null && Tampering.isHint(stored.set()) && missed.add(key);
            missing = miss ? key : null;
            answer.accept(miss ? null : stored);
            missing = null;
          });
    }

    @Override
    public OptionalLong versionHash(Key key) {
      return key.equals(missing) ? OptionalLong.empty() : super.versionHash(key);
    }
  }

  /** A log that does not keep which primaries have missed a write. */
  static final class ForgetsDebts extends BrokenStorage {
    ForgetsDebts(Storage log) {
      super(log);
    }

    @Override
    public @Nullable AppendRejection append(
        Key key, int partition, long hash, byte[] set, Durability durability, Completion done) {
      return super.append(key, partition, hash, Tampering.withoutDebt(set), durability, done);
    }
  }

  /** A log that has hints of some keys in an unknown format. */
  public static final class HasUnreadableHints extends BrokenStorage {
    private final Predicate<Key> which;

    public HasUnreadableHints(Storage log, Predicate<Key> which) {
      super(log);
      this.which = which;
    }

    @Override
    public void read(Key key, Consumer<@Nullable Stored> answer) {
      super.read(
          key,
          stored ->
              answer.accept(
                  stored != null && Tampering.isHint(stored.set()) && which.test(key)
                      ? new Stored(stored.versionHash(), Tampering.unknownHint())
                      : stored));
    }
  }

  /** A log that takes as many siblings of a key as a client may leave, and no more. */
  static final class LimitsMerges extends BrokenStorage {
    LimitsMerges(Storage log) {
      super(log);
    }

    @Override
    public @Nullable AppendRejection append(
        Key key, int partition, long hash, byte[] set, Durability durability, Completion done) {
      return Tampering.held(set).versions().size() > Limits.MAX_VERSIONS
          ? AppendRejection.QUEUE_FULL
          : super.append(key, partition, hash, set, durability, done);
    }
  }

  /** A log that finds nothing, now and then. */
  static final class SeesNothing extends BrokenStorage {
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

  /** A log whose reads hang while its disk does, and are answered when that is over. */
  public static final class HangsReads extends BrokenStorage {
    private final List<Runnable> hung = new ArrayList<>();
    private boolean hangs;

    public HangsReads(Storage log) {
      super(log);
    }

    public void hang() {
      hangs = true;
    }

    public void recover() {
      hangs = false;
      List<Runnable> late = List.copyOf(hung);
      hung.clear();
      late.forEach(Runnable::run);
    }

    @Override
    public void read(Key key, Consumer<@Nullable Stored> answer) {
      if (hangs) {
        hung.add(() -> super.read(key, answer));
      } else {
        super.read(key, answer);
      }
    }
  }

  /** A log whose reads say nothing where its nemesis strikes: neither an answer nor an error. */
  static final class SwallowsErrors extends BrokenStorage {
    private final Predicate<Call> strikes;

    SwallowsErrors(Storage log, Predicate<Call> strikes) {
      super(log);
      this.strikes = strikes;
    }

    @Override
    public void read(Key key, Consumer<@Nullable Stored> answer) {
      if (!strikes.test(Call.READ)) {
        super.read(key, answer);
      }
    }
  }

  /** What is asked of a log. */
  public enum Call {
    APPEND,
    REAP,
    DROP,
    SYNC,
    READ,
    VERSION_HASH,
    SCAN,
    IS_EMPTY,
    HOLDS_BUCKET,
    SAVE_META,
    META,
    DURABLE_END,
    RECOVERY,
    UNHANDLED_DAMAGE,
    RECOVERY_HANDLED,
    SNAPSHOT,
    STATISTICS,
    FAILURE
  }

  /**
   * A log whose calls throw where its nemesis says so; then nothing of the call has happened. The
   * simulator itself asks for {@link Call#RECOVERY} and {@link Call#STATISTICS}, and a process that
   * starts for {@link Call#META}: a nemesis leaves those alone.
   */
  public static final class ThrowsAt extends BrokenStorage {
    private final Predicate<Call> strikes;
    private int thrown;

    public ThrowsAt(Storage log, Predicate<Call> strikes) {
      super(log);
      this.strikes = strikes;
    }

    private void perhaps(Call call) {
      if (strikes.test(call)) {
        throw planted(thrown++, call);
      }
    }

    /** Never returns: each kind of Throwable in its turn, checked ones aside. */
    private static Error planted(int turn, Call call) {
      String words = "planted in " + call;
      switch (turn % 5) {
        case 0 -> throw new UncheckedIOException(new IOException(words));
        case 1 -> throw new InternalError(words);
        case 2 -> throw new StackOverflowError(words);
        case 3 -> throw new NoClassDefFoundError(words);
        default -> throw new IllegalStateException(words);
      }
    }

    @Override
    public @Nullable AppendRejection append(
        Key key, int partition, long hash, byte[] set, Durability durability, Completion done) {
      perhaps(Call.APPEND);
      return super.append(key, partition, hash, set, durability, done);
    }

    @Override
    public @Nullable AppendRejection reap(Key key, int partition, long hash, Completion done) {
      perhaps(Call.REAP);
      return super.reap(key, partition, hash, done);
    }

    @Override
    public void drop(PositionRange range, Completion done) {
      perhaps(Call.DROP);
      super.drop(range, done);
    }

    @Override
    public void sync(Completion done) {
      perhaps(Call.SYNC);
      super.sync(done);
    }

    @Override
    public void snapshot(String name, Completion done) {
      perhaps(Call.SNAPSHOT);
      super.snapshot(name, done);
    }

    @Override
    public void read(Key key, Consumer<@Nullable Stored> answer) {
      perhaps(Call.READ);
      super.read(key, answer);
    }

    @Override
    public OptionalLong versionHash(Key key) {
      perhaps(Call.VERSION_HASH);
      return super.versionHash(key);
    }

    @Override
    public void scan(
        PositionRange range, @Nullable Key after, int limit, Consumer<ScanPage> answer) {
      perhaps(Call.SCAN);
      super.scan(range, after, limit, answer);
    }

    @Override
    public void scanSets(SetScan scan, Consumer<SetPage> answer) {
      perhaps(Call.SCAN);
      super.scanSets(scan, answer);
    }

    @Override
    public boolean isEmpty() {
      perhaps(Call.IS_EMPTY);
      return super.isEmpty();
    }

    @Override
    public boolean containsBucket(String bucket) {
      perhaps(Call.HOLDS_BUCKET);
      return super.containsBucket(bucket);
    }

    @Override
    public void saveMeta(String name, byte[] bytes, Completion done) {
      perhaps(Call.SAVE_META);
      super.saveMeta(name, bytes, done);
    }

    @Override
    public byte @Nullable [] meta(String name) {
      perhaps(Call.META);
      return super.meta(name);
    }

    @Override
    public long durableEnd() {
      perhaps(Call.DURABLE_END);
      return super.durableEnd();
    }

    @Override
    public StorageRecovery recovery() {
      perhaps(Call.RECOVERY);
      return super.recovery();
    }

    @Override
    public List<CorruptRange> unhandledDamage() {
      perhaps(Call.UNHANDLED_DAMAGE);
      return super.unhandledDamage();
    }

    @Override
    public void recoveryHandled(Collection<CorruptRange> ranges, boolean loss, Completion done) {
      perhaps(Call.RECOVERY_HANDLED);
      super.recoveryHandled(ranges, loss, done);
    }

    @Override
    public StorageStatistics statistics() {
      perhaps(Call.STATISTICS);
      return super.statistics();
    }

    @Override
    public @Nullable StorageFailure failure() {
      perhaps(Call.FAILURE);
      return super.failure();
    }
  }
}
