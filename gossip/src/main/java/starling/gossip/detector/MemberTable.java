package starling.gossip.detector;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.gossip.Member;
import starling.gossip.ProcessIncarnation;
import starling.gossip.Status;

/**
 * All members, this one among them, with a hash over the rows of each of 256 buckets.
 *
 * <ol>
 *   <li>At most {@link #MAX_MEMBERS} rows.
 *   <li>A bucket's hash is the sum of its rows' hashes, after every change.
 *   <li>A member that is forgotten after its death stays in a second list with its incarnation, so
 *       that an old statement cannot bring it back.
 * </ol>
 */
final class MemberTable {
  static final int MAX_MEMBERS = 4_096;

  /** Lists up to this size are copied for a random choice. */
  private static final int MAX_COPIED = 32;

  /** A member that the table no longer has. */
  private record Forgotten(ProcessIncarnation life, long atNanos) {}

  private final SwimRules rules;
  private final Map<UUID, Peer> rows = new HashMap<>();
  private final List<Peer> others = new ArrayList<>();
  private final List<Peer> dead = new ArrayList<>();
  private final List<List<Peer>> buckets = new ArrayList<>();
  private final long[] hashes = new long[Range.BUCKETS];
  private final Map<UUID, Forgotten> forgotten = new LinkedHashMap<>();
  private final Set<UUID> banned = new HashSet<>();
  private final Set<Peer> suspects = Collections.newSetFromMap(new LinkedHashMap<>());
  private int answering;

  MemberTable(SwimRules rules) {
    this.rules = rules;
    for (int i = 0; i < Range.BUCKETS; i++) {
      buckets.add(new ArrayList<>(0));
    }
  }

  @Nullable Peer row(UUID id) {
    return rows.get(id);
  }

  Collection<Peer> rows() {
    return rows.values();
  }

  /** All but this member, in the order in which they came. */
  List<Peer> others() {
    return others;
  }

  List<Peer> dead() {
    return dead;
  }

  Collection<Peer> suspects() {
    return suspects;
  }

  /** How many others are alive or suspect. */
  int answering() {
    return answering;
  }

  boolean full() {
    return rows.size() >= MAX_MEMBERS;
  }

  Peer add(Member member, Status status, @Nullable Suspicion suspicion, boolean self, long since) {
    Peer row = new Peer(member, status, since);
    rows.put(row.id, row);
    buckets.get(Range.bucketOf(row.id)).add(row);
    if (!self) {
      others.add(row);
      answering += row.mayAnswer() ? 1 : 0;
    }
    row.become(member, status, suspicion, since);
    forgotten.remove(row.id);
    index(row, self);
    return row;
  }

  /** A later statement about a member holds. */
  void change(Peer row, Member stated, Status next, @Nullable Suspicion doubt, long since) {
    boolean before = row.mayAnswer();
    row.become(stated, next, doubt, since);
    answering += (row.mayAnswer() ? 1 : 0) - (before ? 1 : 0);
    index(row, false);
  }

  /** This member's own record has changed. */
  void changeSelf(Peer row, Member stated, Status next, long nowNanos) {
    row.become(stated, next, null, nowNanos);
    index(row, true);
  }

  private void index(Peer row, boolean self) {
    long hash = rules.hash(row.id, row.life(), row.status());
    hashes[Range.bucketOf(row.id)] += hash - row.hash;
    row.hash = hash;
    if (!self) {
      suspects.remove(row);
      dead.remove(row);
      if (row.status() == Status.SUSPECT) {
        suspects.add(row);
      } else if (row.status() == Status.DEAD) {
        dead.add(row);
      }
    }
  }

  // --- members that are gone

  void ban(UUID id) {
    banned.add(id);
  }

  boolean banned(UUID id) {
    return banned.contains(id);
  }

  /** The incarnation of a member that was forgotten after its death, or null. */
  @Nullable ProcessIncarnation forgotten(UUID id) {
    Forgotten past = forgotten.get(id);
    return past == null ? null : past.life;
  }

  /** Forgets members that have been dead for long enough. */
  void forget(DetectorConfig config, long nowNanos) {
    for (Peer row : List.copyOf(dead)) {
      if (rules.forgets(config, nowNanos - row.sinceNanos())) {
        dead.remove(row);
        others.remove(row);
        rows.remove(row.id);
        int bucket = Range.bucketOf(row.id);
        buckets.get(bucket).remove(row);
        hashes[bucket] -= row.hash;
        if (forgotten.size() < MAX_MEMBERS) {
          forgotten.put(row.id, new Forgotten(row.life(), nowNanos));
        }
      }
    }
    forgotten.values().removeIf(past -> rules.forgets(config, nowNanos - past.atNanos));
  }

  // --- hashes

  long hash(Range range) {
    long sum = 0;
    for (int i = 0; i < range.bucketCount(); i++) {
      sum += hashes[range.firstBucket() + i];
    }
    return sum;
  }

  /** The rows of a range. */
  List<Peer> rows(Range range) {
    if (range.bucketCount() == 1) {
      return buckets.get(range.firstBucket());
    }
    List<Peer> found = new ArrayList<>();
    for (int i = 0; i < range.bucketCount(); i++) {
      found.addAll(buckets.get(range.firstBucket() + i));
    }
    return found;
  }

  // --- choices

  /** Up to {@code count} others that may answer, at random, none twice. */
  List<Peer> pick(int count, @Nullable Peer except, RandomGenerator random) {
    List<Peer> picked = new ArrayList<>(count);
    int size = others.size();
    if (size <= MAX_COPIED || answering * 4 < size) {
      List<Peer> hopeful = new ArrayList<>(others);
      hopeful.removeIf(row -> !row.mayAnswer() || row == except);
      while (picked.size() < count && !hopeful.isEmpty()) {
        picked.add(hopeful.remove(random.nextInt(hopeful.size())));
      }
      return picked;
    }
    // Most answer: a few draws find enough without a copy of the list.
    for (int draws = 0; draws < 8 * count && picked.size() < count && size > 0; draws++) {
      Peer row = others.get(random.nextInt(size));
      if (row.mayAnswer() && row != except && !picked.contains(row)) {
        picked.add(row);
      }
    }
    return picked;
  }

  List<Peer> at(Address address) {
    List<Peer> found = new ArrayList<>();
    for (Peer row : others) {
      if (row.member().peer().equals(address)) {
        found.add(row);
      }
    }
    return found;
  }
}
