package starling.gossip;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Selects peers: a few random live members; now and then a dead one, because the sides of a healed
 * network partition find each other that way; and, for a node that is alone or has just started,
 * every address where members might be: the seeds and the addresses on disk.
 */
final class PeerSelector {
  private static final int CONTACTS = 3;

  private final int fanOut;
  private final Address own;
  private final MemberList roster;
  private final RandomGenerator random;
  private List<Address> seeds = List.of();
  private List<Address> remembered = List.of();

  PeerSelector(int fanOut, Address own, MemberList roster, RandomGenerator random) {
    this.fanOut = fanOut;
    this.own = own;
    this.roster = roster;
    this.random = random;
  }

  void seeds(List<Address> seeds) {
    this.seeds = List.copyOf(seeds);
  }

  void remember(List<Address> addresses) {
    this.remembered = List.copyOf(addresses);
  }

  /** Peers of a round; {@code searching} also tries addresses without a known member. */
  Set<Address> forRound(boolean searching) {
    Set<Address> targets = new LinkedHashSet<>();
    for (MemberState account : pick(hoped(), fanOut)) {
      targets.add(account.member().peer());
    }
    for (MemberState account : pick(roster.with(EnumSet.of(Status.DEAD)), 1)) {
      targets.add(account.member().peer());
    }
    if (searching || roster.with(EnumSet.of(Status.ALIVE)).isEmpty()) {
      Set<Address> contacts = new LinkedHashSet<>(seeds);
      contacts.addAll(remembered);
      targets.addAll(pick(strangers(contacts), CONTACTS));
    }
    targets.remove(own);
    return targets;
  }

  /** Peers for an update, except the member it came from. */
  List<MemberState> forNews(@Nullable UUID except) {
    List<MemberState> others = hoped();
    others.removeIf(account -> account.member().id().equals(except));
    return pick(others, fanOut);
  }

  /** Seeds at which another cluster may have been founded. */
  List<Address> strangeSeeds() {
    return pick(strangers(seeds), CONTACTS);
  }

  /** Addresses of the other members that have not left. */
  Set<Address> known() {
    Set<Address> addresses = new TreeSet<>();
    for (MemberState account : roster.accounts()) {
      if (account.status() != Status.LEFT) {
        addresses.add(account.member().peer());
      }
    }
    return addresses;
  }

  private List<MemberState> hoped() {
    return roster.with(EnumSet.of(Status.ALIVE, Status.SUSPECT));
  }

  private List<Address> strangers(Collection<Address> from) {
    Set<Address> strange = new LinkedHashSet<>(from);
    strange.removeAll(known());
    strange.remove(own);
    return List.copyOf(strange);
  }

  /** Some of these, at random, none twice. */
  private <T> List<T> pick(List<T> from, int count) {
    List<T> left = new ArrayList<>(from);
    List<T> picked = new ArrayList<>();
    while (picked.size() < count && !left.isEmpty()) {
      int at = random.nextInt(left.size());
      picked.add(left.get(at));
      left.set(at, left.get(left.size() - 1));
      left.remove(left.size() - 1);
    }
    return picked;
  }
}
