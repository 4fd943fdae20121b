package starling.node.topology;

import static starling.node.topology.InvalidRecordException.require;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.ring.Phase;
import starling.ring.Positions;
import starling.ring.Ring;
import starling.ring.RingCheck;
import starling.ring.RingNode;

/**
 * Applies one record to a ring: each change in its order, then the rules that hold for the record
 * as a whole. Used once. Proposer, voters and every node that learns a chosen record run the same
 * checks, so that they agree on what is a ring.
 *
 * <p>A record cannot prove what only nodes know: that newcomers are complete before {@link
 * RingChange.Flip}, and that the old list has entered before {@link RingChange.Settle}. The node
 * that proposes answers for these.
 */
final class RecordApplication implements RingChange.Cases {
  private final RingState before;
  private final RingRecord record;
  private final long number;
  private final SortedSet<Integer> replicaCounts = new TreeSet<>();

  /** Members that left by this record. */
  private final SortedSet<UUID> left = new TreeSet<>(RingNode.ID_ORDER);

  final SortedMap<UUID, RingNode> members = new TreeMap<>(RingNode.ID_ORDER);
  final SortedSet<UUID> bans = new TreeSet<>(RingNode.ID_ORDER);
  final SortedSet<UUID> voters = new TreeSet<>(RingNode.ID_ORDER);
  final SortedMap<String, BucketEntry> buckets;
  final PartitionTable partitions;
  int replicas;

  RecordApplication(RingState before, RingRecord record) {
    this.before = before;
    this.record = record;
    this.number = record.number();
    this.members.putAll(before.members());
    this.bans.addAll(before.bans());
    this.voters.addAll(before.voters());
    this.buckets = new TreeMap<>(before.buckets());
    this.replicas = before.defaultReplicas();
    if (before.founded()) {
      this.replicaCounts.addAll(before.replicaCounts());
    }
    this.partitions = new PartitionTable(before, number, bans, replicaCounts);
  }

  RingState apply(RecordHash hash) {
    require(
        record.line().equals(before.line()),
        "record {} is of {}, the log is of {}",
        number,
        record.line(),
        before.line());
    require(number == before.number() + 1, "record {} after {}", number, before.number());
    require(
        record.previous().equals(before.hash()),
        "record {} follows a record {}, but record {} is {}",
        number,
        record.previous(),
        before.number(),
        before.hash());
    require(
        number > 1 || record.changes().get(0) instanceof RingChange.Found,
        "record 1 does not found the ring");
    record.changes().forEach(change -> change.match(this));
    require(number > 1 || partitions.layouts.containsKey(1L), "record 1 has no layout");
    partitions.pairNewcomers();
    admitVoters();
    requireNoneLeft();
    partitions.dropUnusedLayouts();
    require(!voters.isEmpty(), "record {} leaves no voter", number);
    return new RingState(this, record, hash);
  }

  @Override
  public void found(RingChange.Found change) {
    require(number == 1 && partitions.size() == 0, "record {} founds the ring again", number);
    int count = change.partitions();
    require(
        count >= 1 && count <= Positions.MAX_PARTITIONS && Integer.bitCount(count) == 1,
        "{} partitions",
        count);
    requireReplicas(change.replicas());
    replicas = change.replicas();
    replicaCounts.add(replicas);
    partitions.found(count);
  }

  @Override
  public void stateMember(RingChange.StateMember change) {
    RingNode node = change.node();
    require(!bans.contains(node.id()), "member {} is banned for good", node.id());
    RingNode known = members.get(node.id());
    require(
        mayFollow(known == null ? null : known.phase(), node.phase()),
        "member {} cannot become {}: it is {}",
        node.id(),
        node.phase().word(),
        known == null ? "no member" : known.phase().word());
    if (node.phase() == Phase.LEFT) {
      members.remove(node.id());
      voters.remove(node.id());
      left.add(node.id());
    } else {
      members.put(node.id(), node);
      left.remove(node.id());
    }
  }

  /** A departure can be cancelled until the member has left, and a member that left may return. */
  private boolean mayFollow(@Nullable Phase known, Phase next) {
    if (known == null) {
      return next == Phase.JOINING || (number == 1 && next == Phase.NORMAL);
    }
    return switch (next) {
      case JOINING -> known == Phase.JOINING;
      case NORMAL -> true;
      case LEAVING -> known != Phase.JOINING;
      case LEFT -> known != Phase.NORMAL;
    };
  }

  @Override
  public void ban(RingChange.Ban change) {
    require(bans.add(change.id()), "{} is banned already", change.id());
    members.remove(change.id());
    voters.remove(change.id());
  }

  @Override
  public void addLayout(RingChange.AddLayout change) {
    require(!partitions.layouts.containsKey(number), "record {} adds two layouts", number);
    @Nullable UUID[] owners = new @Nullable UUID[partitions.size()];
    if (change.base() != 0) {
      partitions.layout(change.base()).ownerIds().toArray(owners);
    }
    BitSet given = new BitSet();
    change
        .tokens()
        .forEach(
            (owner, tokens) -> {
              require(tokens.last() < owners.length, "there is no token {}", tokens.last());
              for (int token : tokens.stream().toArray()) {
                require(!given.get(token), "token {} has two owners", token);
                given.set(token);
                owners[token] = owner;
              }
            });
    partitions.layouts.put(number, checked(owners));
  }

  /** The ring of a new layout, which passes the check unless an operator insisted. */
  private Ring checked(@Nullable UUID[] owners) {
    SortedMap<UUID, RingNode> nodes = new TreeMap<>(RingNode.ID_ORDER);
    for (RingNode member : members.values()) {
      if (member.phase() == Phase.NORMAL) {
        nodes.put(member.id(), member);
      }
    }
    List<UUID> ids = new ArrayList<>(owners.length);
    for (int token = 0; token < owners.length; token++) {
      UUID owner = owners[token];
      RingNode member = owner == null ? null : members.get(owner);
      if (owner == null || member == null || member.phase() == Phase.LEAVING) {
        throw new InvalidRecordException(
            "token " + token + ": its owner " + owner + " is no member that may own it");
      }
      nodes.put(owner, member);
      ids.add(owner);
    }
    Ring ring = Ring.of(number, nodes.values(), ids);
    if (!record.insisted()) {
      for (int n : replicaCounts) {
        Optional<String> refusal = RingCheck.refusal(ring, n);
        require(refusal.isEmpty(), "layout {}: {}", number, refusal.orElse(""));
        int width = ring.preferenceLists(n).width();
        require(
            width >= presentWidth(n),
            "layout {}: its lists for n = {} have {} nodes, the present ones {}",
            number,
            n,
            width,
            presentWidth(n));
      }
    }
    return ring;
  }

  /** How long the present lists are: no change makes them shorter unless an operator insists. */
  private int presentWidth(int n) {
    return before.layouts().values().stream()
        .mapToInt(ring -> ring.preferenceLists(n).width())
        .min()
        .orElse(0);
  }

  @Override
  public void copy(RingChange.Copy change) {
    partitions.copy(change);
  }

  @Override
  public void flip(RingChange.Flip change) {
    partitions.flip(change);
  }

  @Override
  public void settle(RingChange.Settle change) {
    partitions.settle(change);
  }

  @Override
  public void cancel(RingChange.Cancel change) {
    partitions.cancel(change);
  }

  @Override
  public void adopt(RingChange.Adopt change) {
    partitions.adopt(change);
  }

  @Override
  public void setBucket(RingChange.SetBucket change) {
    requireReplicas(change.replicas());
    String bucket = change.bucket();
    BucketEntry known = buckets.get(bucket);
    if (known != null) {
      require(
          known.replicas() == change.replicas(),
          "n of bucket {} is {}: changing it needs moves, which this version has no record of",
          bucket,
          known.replicas());
      require(
          known.generation() < change.generation(),
          "bucket {} has generation {} already",
          bucket,
          known.generation());
    }
    buckets.put(bucket, new BucketEntry(change.replicas(), change.generation(), number));
    replicaCounts.add(change.replicas());
  }

  /**
   * A member votes from its first settled partition: it is then in the present list. A newcomer is
   * in the next list only.
   */
  private void admitVoters() {
    for (int partition = 0; partition < partitions.size(); partition++) {
      for (UUID id : partitions.present(partition)) {
        if (members.containsKey(id)) {
          voters.add(id);
        }
      }
    }
  }

  /** A member has left when it is in no list. */
  private void requireNoneLeft() {
    for (int partition = 0; !left.isEmpty() && partition < partitions.size(); partition++) {
      List<UUID> named = new ArrayList<>(partitions.present(partition));
      named.addAll(partitions.next(partition));
      named.retainAll(left);
      require(named.isEmpty(), "{} cannot leave: it stores partition {}", named, partition);
    }
  }

  private static void requireReplicas(int n) {
    require(n >= 1 && n <= Ring.MAX_REPLICAS, "n = {}", n);
  }
}
