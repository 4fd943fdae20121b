package starling.gossip;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How a node with an empty directory comes into a cluster. It asks its seeds again and again. As
 * soon as one is in a cluster, it joins that one. If none is, only the node that stands first in
 * its own list founds one, once every other seed has said that it is in none or has been silent for
 * a while; all others wait, however long. A node without seeds stands alone and founds at once.
 *
 * <ol>
 *   <li>It decides once.
 *   <li>Names are looked up anew at each try. A name with several addresses stands for all of them
 *       in ascending order, so of the nodes behind one name one is first.
 *   <li>An address is this node if it is what others are told, resolves to the same, or if a
 *       question to it came back to this process.
 *   <li>Silence while this node itself stood still does not count.
 *   <li>A node that may have forgotten a cluster it was in takes no silence for a word: those it
 *       has forgotten may be cut off. It waits until each seed has answered.
 * </ol>
 */
final class Bootstrap {
  private static final int MAX_SEEDS = 256;
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
  private final Map<Address, Long> waitingSince = new LinkedHashMap<>();
  private long begunNanos;
  private long lastTryNanos;
  private boolean tried;
  private boolean decided;

  /**
   * @param self what others are told as this node's address
   * @param mayHaveForgotten whether the node has an id of an earlier life, which may have been in a
   *     cluster
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

  /** What a name stands for at present; nothing, if it cannot be looked up. */
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

  /** A question to this address has come back to this very process. */
  void onEcho(Address asked, long nowNanos) {
    if (waitingSince.containsKey(asked)) {
      echoes.add(asked);
      decide(nowNanos);
    }
  }

  /** A seed has answered. Says whether its cluster is the one to join. */
  boolean onTell(Address asked, @Nullable ClusterIdentity cluster, long nowNanos) {
    if (decided || !waitingSince.containsKey(asked)) {
      return false;
    }
    if (cluster != null) {
      decided = true;
      actions.accept(new Action.Join(cluster));
      return true;
    }
    answered.add(asked);
    decide(nowNanos);
    return false;
  }

  /** This node stood still: what it knows is old, and silence meanwhile was its own. */
  void startOver(long nowNanos) {
    begunNanos = nowNanos;
    tried = false;
    answered.clear();
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
        if (!isSelf(address) && !answered.contains(address) && !gone(since, nowNanos)) {
          return false;
        }
      }
    }
    return true;
  }

  /** Whether one that has said nothing since then is not waited for any longer. */
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
