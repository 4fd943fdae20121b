package starling.gossip.cluster;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import starling.gossip.Address;
import starling.gossip.ProcessIncarnation;

/**
 * How a node with an empty directory enters a cluster. It asks its seeds again and again and joins
 * the cluster of the first seed that is in one and knows its facts. If no seed is in one, only the
 * node that is first in its own seed list founds a cluster, once every other seed has said that it
 * is in none or has been silent for a while; all other nodes wait without limit. A node without
 * seeds founds at once.
 *
 * <ol>
 *   <li>It decides once.
 *   <li>Names are resolved again at each try. A name with several addresses means all of them in
 *       ascending order, so one of the nodes behind a name is first.
 *   <li>An address is this node's own if it is the advertised address, resolves to the same, or if
 *       a query to it came back to this process.
 *   <li>Silence during a pause of this process does not count.
 *   <li>It joins a cluster only with facts that suffice to take part in it. Otherwise members could
 *       be left that know no more than the name of a cluster whose founder lost its directory.
 *   <li>Where two processes were heard at one address, no answer counts until one of them has been
 *       the only one for a while. The other has ended, may have lost its directory, and may have
 *       left messages on their way, which need not come before those of its successor.
 *   <li>A node that may have lost the record of its cluster does not take silence as an answer:
 *       that cluster's nodes may be cut off. It waits until each seed has answered.
 * </ol>
 */
final class Bootstrap {
  private static final int MAX_SEEDS = 256;
  private static final int MAX_ADDRESSES = 1_024;

  /** A process that runs answers more often than once in this time. */
  private static final long ALONE_NANOS = 3_000_000_000L;

  private static final long BRISK_NANOS = 5_000_000_000L;
  private static final long SLOW_TRY_NANOS = 1_000_000_000L;

  private final Address self;
  private final List<Address> seeds;
  private final long silenceNanos;
  private final boolean mayHaveForgotten;
  private final Consumer<Action> actions;
  private final Consumer<Address> ask;
  private final Map<Address, List<Address>> resolved = new LinkedHashMap<>();
  private final Set<Address> echoes = new LinkedHashSet<>();
  private final Set<Address> answered = new LinkedHashSet<>();
  private final Set<Address> unready = new LinkedHashSet<>();
  private final Map<Address, Speaker> speakers = new LinkedHashMap<>();
  private final Map<Address, Long> waitingSince = new LinkedHashMap<>();

  /**
   * The process that was last heard at an address.
   *
   * @param second whether another was heard there before
   * @param sinceNanos since when it has been the only one
   */
  private record Speaker(ProcessIncarnation life, boolean second, long sinceNanos) {}

  private long begunNanos;
  private long lastTryNanos;
  private boolean tried;
  private boolean decided;

  /**
   * @param self this node's advertised address
   * @param mayHaveForgotten whether the node's id is from an earlier start, which may have been in
   *     a cluster
   * @param ask asks the node at an address whether it is in a cluster
   */
  Bootstrap(
      Address self,
      List<Address> seeds,
      long silenceNanos,
      boolean mayHaveForgotten,
      Consumer<Action> actions,
      Consumer<Address> ask,
      long nowNanos) {
    if (seeds.size() > MAX_SEEDS) {
      throw new IllegalArgumentException(seeds.size() + " seeds, at most " + MAX_SEEDS);
    }
    this.self = self;
    this.seeds = List.copyOf(new LinkedHashSet<>(seeds));
    this.silenceNanos = silenceNanos;
    this.mayHaveForgotten = mayHaveForgotten;
    this.actions = actions;
    this.ask = ask;
    this.begunNanos = nowNanos;
  }

  /** Tries again if it is time to, and decides if it can. */
  void tick(long nowNanos) {
    if (decided) {
      return;
    }
    boolean brisk = nowNanos - begunNanos < BRISK_NANOS;
    if (!tried || brisk || nowNanos - lastTryNanos >= SLOW_TRY_NANOS) {
      tried = true;
      lastTryNanos = nowNanos;
      if (!seeds.isEmpty()) {
        Set<Address> names = new LinkedHashSet<>(seeds);
        names.add(self);
        actions.accept(new Action.Resolve(List.copyOf(names)));
      }
    }
    decide(nowNanos);
  }

  /** The addresses of a name at present; none if it cannot be resolved. */
  void onResolved(Address name, List<Address> addresses, long nowNanos) {
    if (decided) {
      return;
    }
    List<Address> ascending = List.copyOf(new TreeSet<>(addresses));
    resolved.put(name, ascending.subList(0, Math.min(MAX_SEEDS, ascending.size())));
    if (seeds.contains(name) && !name.equals(self)) {
      for (Address address : addressesOf(name)) {
        if (!isSelf(address)) {
          waitingSince.putIfAbsent(address, nowNanos);
          ask.accept(address);
        }
      }
    }
    decide(nowNanos);
  }

  /** A query to this address came back to this process. */
  void onEcho(Address asked, long nowNanos) {
    if (waitingSince.containsKey(asked)) {
      echoes.add(asked);
      decide(nowNanos);
    }
  }

  /** A message of this sender came. Returns whether another process was lately heard there. */
  boolean contested(Header sender, long nowNanos) {
    Speaker last = speakers.get(sender.replyTo());
    if (last == null && speakers.size() >= MAX_ADDRESSES) {
      return false;
    }
    if (last == null || !last.life.sameProcess(sender.life())) {
      last = new Speaker(sender.life(), last != null, nowNanos);
      speakers.put(sender.replyTo(), last);
    }
    return last.second && nowNanos - last.sinceNanos < ALONE_NANOS;
  }

  /** An answer that does not count came: an earlier one does not, either. */
  void onContested(Address asked, long nowNanos) {
    if (answered.remove(asked)) {
      waitingSince.put(asked, nowNanos);
    }
  }

  /** A seed has answered that it is in no cluster. */
  void onNone(Address asked, long nowNanos) {
    if (waitingSince.containsKey(asked)) {
      unready.remove(asked);
      answered.add(asked);
      decide(nowNanos);
    }
  }

  /**
   * A seed has answered that it is in a cluster. Returns whether that cluster is the one to join.
   *
   * @param suffices whether its facts suffice to take part; if not, this node asks again
   */
  boolean onCluster(Address asked, boolean suffices) {
    if (decided || !waitingSince.containsKey(asked)) {
      return false;
    }
    answered.remove(asked);
    decided = suffices;
    if (!suffices) {
      unready.add(asked);
    }
    return suffices;
  }

  /** This process was paused: its knowledge is old, and the silence was its own. */
  void startOver(long nowNanos) {
    begunNanos = nowNanos;
    tried = false;
    answered.clear();
    unready.clear();
    waitingSince.clear();
  }

  private void decide(long nowNanos) {
    if (!decided && standsFirst() && othersHeard(nowNanos)) {
      decided = true;
      actions.accept(new Action.Found());
    }
  }

  private boolean standsFirst() {
    if (seeds.isEmpty()) {
      return true;
    }
    List<Address> first = addressesOf(seeds.get(0));
    return !first.isEmpty() && isSelf(first.get(0));
  }

  private boolean othersHeard(long nowNanos) {
    for (Address seed : seeds) {
      List<Address> addresses = addressesOf(seed);
      if (addresses.isEmpty() && !gone(begunNanos, nowNanos)) {
        return false;
      }
      for (Address address : addresses) {
        long since = waitingSince.getOrDefault(address, nowNanos);
        boolean heard =
            answered.contains(address) || (!unready.contains(address) && gone(since, nowNanos));
        if (!isSelf(address) && !heard) {
          return false;
        }
      }
    }
    return true;
  }

  /** Whether a seed that has been silent since then is no longer waited for. */
  private boolean gone(long sinceNanos, long nowNanos) {
    return !mayHaveForgotten && nowNanos - sinceNanos >= silenceNanos;
  }

  private List<Address> addressesOf(Address name) {
    return name.equals(self) ? List.of(self) : resolved.getOrDefault(name, List.of());
  }

  private boolean isSelf(Address address) {
    return address.equals(self)
        || echoes.contains(address)
        || resolved.getOrDefault(self, List.of()).contains(address);
  }
}
