package starling.gossip.cluster;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.gossip.Member;
import starling.gossip.Status;
import starling.gossip.detector.FailureDetector;
import starling.gossip.detector.MemberSnapshot;

/**
 * Selects peers: a few random live members; and, for a node that is alone or has just started,
 * every address where members might be: the seeds and the addresses on disk.
 */
final class PeerSelector {
  private static final int CONTACTS = 3;

  private final int fanOut;
  private final Address own;
  private final RandomGenerator random;
  private List<Address> seeds = List.of();
  private List<Address> remembered = List.of();

  PeerSelector(int fanOut, Address own, RandomGenerator random) {
    this.fanOut = fanOut;
    this.own = own;
    this.random = random;
  }

  void seeds(List<Address> addresses) {
    seeds = List.copyOf(addresses);
  }

  void remember(List<Address> addresses) {
    remembered = List.copyOf(addresses);
  }

  /** Where members may be: the seeds and the addresses on disk. */
  List<Address> contacts() {
    Set<Address> contacts = new LinkedHashSet<>(seeds);
    contacts.addAll(remembered);
    return List.copyOf(contacts);
  }

  /** Peers of a round; {@code searching} also tries addresses without a known member. */
  Set<Address> forRound(FailureDetector members, boolean searching) {
    Set<Address> targets = new LinkedHashSet<>();
    for (Member each : members.pick(fanOut, null)) {
      targets.add(each.peer());
    }
    if (searching || targets.isEmpty()) {
      targets.addAll(strangers(members, contacts()));
    }
    targets.remove(own);
    return targets;
  }

  /** Peers for an update, except the member it came from. */
  List<Member> forNews(FailureDetector members, @Nullable UUID except) {
    return members.pick(fanOut, except);
  }

  /** Seeds at which another cluster may have been founded. */
  List<Address> strangeSeeds(FailureDetector members) {
    return strangers(members, seeds);
  }

  /** Addresses of the other members that have not left. */
  Set<Address> known(FailureDetector members) {
    Set<Address> addresses = new TreeSet<>();
    for (MemberSnapshot each : members.members()) {
      if (each.status() != Status.LEFT && !each.member().id().equals(members.self().id())) {
        addresses.add(each.member().peer());
      }
    }
    return addresses;
  }

  /** A few of the addresses at which no known member is, at random. */
  private List<Address> strangers(FailureDetector members, List<Address> from) {
    List<Address> left = new ArrayList<>(from);
    left.removeIf(each -> each.equals(own) || members.knows(each));
    List<Address> picked = new ArrayList<>();
    while (picked.size() < CONTACTS && !left.isEmpty()) {
      picked.add(left.remove(random.nextInt(left.size())));
    }
    return picked;
  }
}
