package starling.node.coordinator;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.cluster.ClusterView;
import starling.node.metrics.NodeCounters;
import starling.node.peer.CallFailure;
import starling.node.peer.CallGroup;
import starling.node.peer.PeerClient;
import starling.node.peer.message.EntryPage;
import starling.node.peer.message.ListEntries;
import starling.node.port.Clock;
import starling.node.port.OutOfMemory;
import starling.node.replica.EntryScan;
import starling.node.request.BucketProperties;
import starling.node.request.Keys;
import starling.node.request.ListOutcome;
import starling.node.request.ListOutcome.Entry;
import starling.node.request.ListRequest;
import starling.node.request.ReadOutcome;
import starling.node.request.ReadRequest;
import starling.node.request.Rejection;
import starling.node.request.RequestOptions;
import starling.node.storage.PositionRange;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;
import starling.node.version.Version;
import starling.ring.Ring;
import starling.wire.ProblemKind;

/**
 * One page of a listing.
 *
 * <ol>
 *   <li>For each partition one complete replica answers: this node if it is one, else the one that
 *       is a primary of the most partitions in a row. A replica that is incomplete, silent or
 *       overloaded is passed over. Where none is left, the partition counts as missing, and the
 *       listing goes on behind it.
 *   <li>The page adds what a replica answered as a whole, and then moves behind it. So a key comes
 *       once, whichever replica answers for what follows.
 *   <li>It ends at its limit, at {@link #MAX_BYTES}, or after half of its time, with or without
 *       keys. A page that has got nowhere in its time is rejected.
 *   <li>A set that is too long for the message of a replica is read like a single key, within the
 *       bounds of reads.
 * </ol>
 */
final class ListPage {
  private static final Logger log = LoggerFactory.getLogger(ListPage.class);

  /** The page ends when its keys and values have so many bytes. */
  static final int MAX_BYTES = 1 << 20;

  /** How many partitions a replica is asked for at once. */
  private static final int MAX_PARTITIONS = 128;

  private static final int MAX_TRY_MILLIS = 1_000;
  private static final byte[] NO_KEY = {};

  private final ListRequest request;
  private final ListCursor begin;
  private final ClusterView cluster;
  private final PeerClient peers;
  private final CallGroup calls;
  private final EntryScan scan;
  private final ReadCoordinator reads;
  private final Clock clock;
  private final NodeCounters counters;
  private final Consumer<ListOutcome> done;
  private final BucketProperties properties;
  private final long begunNanos;
  private final long timeoutNanos;
  private final List<Entry> entries = new ArrayList<>();

  /** Nodes that did not answer: not asked again by this page. */
  private final Set<UUID> silent = new HashSet<>();

  /** Nodes that cannot answer for the partition at {@link #position}. */
  private final Set<UUID> unable = new HashSet<>();

  private long bytes;
  private long position;
  private byte[] afterKey;
  private int missing;
  private boolean ended;
  private boolean proceeding;
  private boolean goesOn;

  /** Requests that were repeated because the rings or registers of two nodes differed. */
  private int repeated;

  ListPage(
      ListRequest request,
      ListCursor begin,
      ClusterView cluster,
      PeerClient peers,
      CallGroup calls,
      EntryScan scan,
      ReadCoordinator reads,
      Clock clock,
      NodeCounters counters,
      Consumer<ListOutcome> done) {
    this.request = request;
    this.begin = begin;
    this.cluster = cluster;
    this.peers = peers;
    this.calls = calls;
    this.scan = scan;
    this.reads = reads;
    this.clock = clock;
    this.counters = counters;
    this.done = done;
    this.properties = cluster.bucket(request.bucket());
    this.begunNanos = clock.nanoTime();
    Integer asked = request.timeoutMillis();
    this.timeoutNanos = (asked == null ? properties.timeoutMillis() : asked) * 1_000_000L;
    this.position = begin.position();
    this.afterKey = begin.afterKey();
    this.missing = begin.missing();
  }

  void begin() {
    guarded(this::proceed);
  }

  private void guarded(Runnable step) {
    try {
      step.run();
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("request {}: an error ended the listing", request.requestId(), e);
      reject(Rejection.of(ProblemKind.INTERNAL, Rejection.ERROR_INSIDE));
    }
  }

  private void end(ListOutcome outcome) {
    calls.close();
    done.accept(outcome);
  }

  private void reject(Rejection rejection) {
    end(new ListOutcome.Rejected(rejection));
  }

  private void finish() {
    String cursor =
        ended
            ? null
            : new ListCursor(missing, position, afterKey)
                .encode(cluster.id(), request.bucket(), request.prefix());
    end(new ListOutcome.Page(entries, cursor, missing));
  }

  private long remainingMillis() {
    return (begunNanos + timeoutNanos - clock.nanoTime()) / 1_000_000;
  }

  private boolean hasMoved() {
    return position != begin.position() || missing != begin.missing() || !entries.isEmpty();
  }

  /** Goes on; of calls within calls only the outermost does, so that the stack stays short. */
  private void proceed() {
    goesOn = true;
    if (proceeding) {
      return;
    }
    proceeding = true;
    try {
      while (goesOn) {
        goesOn = false;
        step();
      }
    } finally {
      proceeding = false;
    }
  }

  /** Asks the next replica, or ends the page. */
  private void step() {
    while (true) {
      boolean full = entries.size() >= request.limit() || bytes >= MAX_BYTES;
      boolean late = hasMoved() && clock.nanoTime() - begunNanos > timeoutNanos / 2;
      if (ended || full || late) {
        finish();
        return;
      }
      if (remainingMillis() < 1) {
        reject(
            Rejection.of(
                ProblemKind.TIMEOUT,
                "no replica listed its keys in time; try again, or with a larger timeoutMs"));
        return;
      }
      Ring ring = cluster.ring();
      int partition = ring.partition(position);
      UUID node = choose(ring, partition);
      if (node == null) {
        missing++;
        counters.partitionsNotListed++;
        ended = partition + 1 == ring.partitions();
        moveTo(range(ring, partition).last() + 1, NO_KEY);
      } else if (ask(node, range(ring, last(ring, partition, node)).last())) {
        return;
      }
    }
  }

  /** The replica to ask for a partition, or null if none is left. */
  private @Nullable UUID choose(Ring ring, int partition) {
    UUID best = null;
    int longest = -1;
    for (UUID primary : ring.preferenceList(partition, properties.n())) {
      if (unable.contains(primary) || silent.contains(primary) || !cluster.mayAnswer(primary)) {
        continue;
      }
      if (primary.equals(cluster.self())) {
        return primary;
      }
      int run = peers.silent(primary) ? 0 : last(ring, partition, primary) - partition + 1;
      if (run > longest) {
        best = primary;
        longest = run;
      }
    }
    return best;
  }

  /** The last partition up to which a node is a primary of each from this one on. */
  private int last(Ring ring, int partition, UUID node) {
    int last = partition;
    int most = Math.min(ring.partitions(), partition + MAX_PARTITIONS);
    while (last + 1 < most && ring.preferenceList(last + 1, properties.n()).contains(node)) {
      last++;
    }
    return last;
  }

  private static PositionRange range(Ring ring, int partition) {
    return PositionRange.ofPartition(partition, Integer.numberOfTrailingZeros(ring.partitions()));
  }

  private void moveTo(long next, byte[] after) {
    if (cluster.ring().partition(next) != cluster.ring().partition(position)) {
      unable.clear();
    }
    position = next;
    afterKey = after;
  }

  /** Asks a replica for keys up to a position. False if surely nothing was sent. */
  private boolean ask(UUID node, long to) {
    int millis = (int) Math.min(remainingMillis(), MAX_TRY_MILLIS);
    if (node.equals(cluster.self())) {
      scan.list(
          message(0, to, millis),
          page -> guarded(() -> add(node, page)),
          () -> guarded(() -> passOver(unable, node)));
      return true;
    }
    boolean sent =
        calls.ask(
            node,
            call -> message(call, to, millis),
            millis,
            EntryPage.class,
            page -> guarded(() -> add(node, page)),
            failure -> guarded(() -> failed(node, failure)));
    if (!sent) {
      silent.add(node);
    }
    return sent;
  }

  private ListEntries message(long call, long to, int millis) {
    return new ListEntries(
        call,
        millis,
        cluster.ringHash(),
        cluster.registerHash(request.bucket()),
        request.requestId(),
        request.bucket(),
        request.prefix(),
        position,
        afterKey,
        to,
        Math.min(request.limit() - entries.size(), EntryScan.MAX_KEYS),
        request.values());
  }

  private void passOver(Set<UUID> nodes, UUID node) {
    nodes.add(node);
    proceed();
  }

  private void failed(UUID node, CallFailure failure) {
    boolean joined =
        (failure instanceof CallFailure.OtherRing ring && ring.joined())
            || (failure instanceof CallFailure.OtherBucket bucket && bucket.joined());
    if (joined && repeated++ < ClusterView.RING_ATTEMPTS * cluster.ring().nodes().size()) {
      // Another ring has other partitions: what was learnt of the old one is forgotten.
      unable.clear();
      proceed();
    } else {
      passOver(failure instanceof CallFailure.Unknown ? silent : unable, node);
    }
  }

  private void add(UUID node, EntryPage page) {
    if (page.complete()) {
      addFrom(page, 0);
    } else {
      passOver(unable, node);
    }
  }

  /** Adds the keys of a replica from this one on, and goes on behind them. */
  private void addFrom(EntryPage page, int first) {
    for (int i = first; i < page.keys().length; i++) {
      byte[] key = page.keys()[i];
      if (!request.values()) {
        add(new Entry(key, null), key.length);
      } else if (page.sets()[i].length > 0) {
        add(new Entry(key, found(key, page.sets()[i])), key.length + page.sets()[i].length);
      } else if (bytes >= MAX_BYTES) {
        finishBefore(key);
        return;
      } else {
        read(page, i);
        return;
      }
    }
    moveTo(page.position(), page.afterKey());
    ended = page.ended();
    proceed();
  }

  private void add(Entry entry, long more) {
    entries.add(entry);
    bytes += more;
  }

  private ReadOutcome.Found found(byte[] key, byte[] set) {
    Siblings siblings = SiblingsCodec.decode(set);
    String context =
        cluster.contexts().ofRead(Keys.of(request.bucket(), key), properties, siblings);
    return new ReadOutcome.Found(siblings.values(), context, siblings.hash());
  }

  /** Ends the page before a key of the present answer. */
  private void finishBefore(byte[] key) {
    long next = Keys.of(request.bucket(), key).position();
    byte[] last = entries.get(entries.size() - 1).key();
    boolean same = Keys.of(request.bucket(), last).position() == next;
    moveTo(next, same ? last : NO_KEY);
    finish();
  }

  /** Reads a long set like that of a single key. */
  private void read(EntryPage page, int index) {
    byte[] key = page.keys()[index];
    int millis = (int) Math.max(1, remainingMillis());
    reads.read(
        new ReadRequest(
            request.requestId(),
            request.bucket(),
            key,
            null,
            new RequestOptions(null, null, null, null, millis, null)),
        outcome -> guarded(() -> readOne(page, index, outcome)));
  }

  private void readOne(EntryPage page, int index, ReadOutcome outcome) {
    byte[] key = page.keys()[index];
    if (outcome instanceof ReadOutcome.Rejected rejected) {
      if (entries.isEmpty()) {
        reject(rejected.rejection());
      } else {
        finishBefore(key);
      }
      return;
    }
    if (outcome instanceof ReadOutcome.Found found) {
      long size = key.length;
      for (Version version : found.values()) {
        size += version.content().valueBytes();
      }
      add(new Entry(key, found), size);
    }
    addFrom(page, index + 1);
  }
}
