package starling.node.topology;

import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import starling.ring.Ring;
import starling.ring.RingNode;

/**
 * One change of a ring record. {@link RecordApplication} has the rules of each; a change that this
 * program does not know makes the whole record unreadable, never silently smaller.
 */
public sealed interface RingChange {
  /** Calls the one method of {@code cases} that fits. */
  void match(Cases cases);

  /** One method per kind, so that the compiler finds a missing one. */
  interface Cases {
    void found(Found change);

    void stateMember(StateMember change);

    void ban(Ban change);

    void addLayout(AddLayout change);

    void copy(Copy change);

    void flip(Flip change);

    void settle(Settle change);

    void cancel(Cancel change);

    void adopt(Adopt change);

    void setBucket(SetBucket change);
  }

  /**
   * Founds the ring; the first change of record 1 and of no other. A layout in the same record owns
   * all tokens, and every partition begins settled under it.
   *
   * @param partitions a power of two, fixed for ever
   * @param replicas n of every bucket without a record of its own, 1 to {@link Ring#MAX_REPLICAS}
   */
  record Found(int partitions, int replicas) implements RingChange {
    @Override
    public void match(Cases cases) {
      cases.found(this);
    }
  }

  /** Adds a member, or gives it another zone, weight or phase. */
  record StateMember(RingNode node) implements RingChange {
    @Override
    public void match(Cases cases) {
      cases.stateMember(this);
    }
  }

  /** Removes an id for good: it never votes, owns or returns again. */
  record Ban(UUID id) implements RingChange {
    @Override
    public void match(Cases cases) {
      cases.ban(this);
    }
  }

  /**
   * States which node owns which token; the record's number names the layout. At most one a record.
   * Zones are those of the members at this place in the record, so that a list never changes with a
   * zone alone.
   *
   * @param base the layout of which this one differs in these tokens only; 0 if all are listed
   * @param tokens by owner, each token once
   */
  record AddLayout(long base, SortedMap<UUID, PartitionSet> tokens) implements RingChange {
    public AddLayout {
      SortedMap<UUID, PartitionSet> sorted = new TreeMap<>(RingNode.ID_ORDER);
      sorted.putAll(tokens);
      tokens = Collections.unmodifiableSortedMap(sorted);
    }

    @Override
    public void match(Cases cases) {
      cases.addLayout(this);
    }
  }

  /** Settled partitions begin to move to another layout; copying ones are redirected to it. */
  record Copy(long layout, PartitionSet partitions) implements RingChange {
    @Override
    public void match(Cases cases) {
      cases.copy(this);
    }
  }

  /**
   * Reads go to the new list.
   *
   * @param acceptLoss whether an operator accepted that newcomers copied from less than a majority
   *     of the old list, because the others are banned
   */
  record Flip(PartitionSet partitions, boolean acceptLoss) implements RingChange {
    @Override
    public void match(Cases cases) {
      cases.flip(this);
    }
  }

  /**
   * The old list ends.
   *
   * @param passedOver members of the old list that are down and may not have entered the flip
   */
  record Settle(PartitionSet partitions, SortedSet<UUID> passedOver) implements RingChange {
    public Settle {
      SortedSet<UUID> sorted = new TreeSet<>(RingNode.ID_ORDER);
      sorted.addAll(passedOver);
      passedOver = Collections.unmodifiableSortedSet(sorted);
    }

    @Override
    public void match(Cases cases) {
      cases.settle(this);
    }
  }

  /** Copying partitions stay where they are. */
  record Cancel(PartitionSet partitions) implements RingChange {
    @Override
    public void match(Cases cases) {
      cases.cancel(this);
    }
  }

  /** Settled partitions take another layout under which no list gains or loses a member. */
  record Adopt(long layout, PartitionSet partitions) implements RingChange {
    @Override
    public void match(Cases cases) {
      cases.adopt(this);
    }
  }

  /**
   * States n and generation of a bucket. Its n is fixed by its first record for now: changing it
   * later moves every partition for its keys (P25), which has no record yet. The generation only
   * grows.
   */
  record SetBucket(String bucket, int replicas, long generation) implements RingChange {
    @Override
    public void match(Cases cases) {
      cases.setBucket(this);
    }
  }
}
