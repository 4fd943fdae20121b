package starling.gossip.detector;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import starling.gossip.Address;
import starling.gossip.detector.Body.Hashes;
import starling.gossip.detector.Body.Leaves;

/**
 * Push-pull by digest: compares two tables from the top of a tree of hashes, and sends only rows
 * that differ. Equal tables of any size cost one packet with one hash. Each answer depends on the
 * message alone, so that a lost packet costs nothing but time: the next comparison begins again.
 *
 * <p>The levels: the hash of all rows; of 16 parts; of 256 parts; the rows of a part, each with its
 * hash. A range with few rows goes to its rows at once.
 */
final class TableSync {
  /** A range with at most this many rows is compared row by row. */
  private static final int FEW_ROWS = 40;

  /** Rows sent in one answer fill at most so many packets. */
  private static final int MAX_PACKETS = 48;

  /** Where an answer goes: the member, the address its packet came from, and the way it came. */
  record Answer(Peer peer, Address from, boolean stream) {}

  private final MemberTable table;
  private final OwnIdentity own;
  private final Outgoing out;

  TableSync(MemberTable table, OwnIdentity own, Outgoing out) {
    this.table = table;
    this.own = own;
    this.out = out;
  }

  /** The message that begins a comparison. */
  Body root() {
    return new Body.Root(table.hash(Range.ALL));
  }

  void onRoot(Answer to, Body.Root root, long nowNanos) {
    if (root.hash() != table.hash(Range.ALL)) {
      describe(to, List.of(Range.ALL), nowNanos);
    }
  }

  void onHashes(Answer to, Hashes hashes, long nowNanos) {
    List<Range> different = new ArrayList<>();
    for (Hashes.HashedRange part : hashes.parts()) {
      for (int i = 0; i < Range.FAN_OUT; i++) {
        Range child = part.range().child(i);
        if (part.children()[i] != table.hash(child)) {
          different.add(child);
        }
      }
    }
    describe(to, different, nowNanos);
  }

  /** Answers with the rows that the other lacks, and asks for those that are lacking here. */
  void onLeaves(Answer to, Leaves leaves, long nowNanos) {
    List<Update> rows = new ArrayList<>();
    Set<UUID> wanted = new HashSet<>();
    List<UUID> ordered = new ArrayList<>();
    for (Leaves.ListedRange part : leaves.parts()) {
      Set<UUID> named = new HashSet<>();
      for (Leaves.Row row : part.rows()) {
        named.add(row.id());
        Peer mine = table.row(row.id());
        if (mine != null && mine.hash == row.hash()) {
          continue;
        }
        if (mine != null) {
          rows.add(mine.update(false, nowNanos));
        }
        boolean shutOut = table.banned(row.id()) || table.forgotten(row.id()) != null;
        if (!shutOut && wanted.add(row.id())) {
          ordered.add(row.id());
        }
      }
      if (part.rows().size() < Leaves.MAX_ROWS) {
        for (Peer mine : table.rows(part.range())) {
          if (!named.contains(mine.id)) {
            rows.add(mine.update(true, nowNanos));
          }
        }
      }
    }
    out.rows(own, to.from(), rows, to.stream(), MAX_PACKETS);
    want(to, ordered, nowNanos);
  }

  void onWanted(Answer to, Body.Wanted wanted, long nowNanos) {
    List<Update> rows = new ArrayList<>();
    for (UUID id : wanted.ids()) {
      Peer mine = table.row(id);
      if (mine != null) {
        rows.add(mine.update(true, nowNanos));
      }
    }
    out.rows(own, to.from(), rows, to.stream(), MAX_PACKETS);
  }

  void want(Answer to, List<UUID> ids, long nowNanos) {
    for (int at = 0; at < ids.size(); at += Body.Wanted.MAX_IDS) {
      List<UUID> some = ids.subList(at, Math.min(ids.size(), at + Body.Wanted.MAX_IDS));
      out.to(own, to.peer(), to.from(), new Body.Wanted(List.copyOf(some)), to.stream(), nowNanos);
    }
  }

  /** Says what this member has in some ranges: hashes where there are many rows, else the rows. */
  private void describe(Answer to, List<Range> ranges, long nowNanos) {
    List<Hashes.HashedRange> hashes = new ArrayList<>();
    List<Leaves.ListedRange> leaves = new ArrayList<>();
    int bytes = 0;
    for (Range range : ranges) {
      List<Peer> rows = table.rows(range);
      if (rows.size() > FEW_ROWS && range.level() < Range.LEAVES) {
        long[] children = new long[Range.FAN_OUT];
        for (int i = 0; i < children.length; i++) {
          children[i] = table.hash(range.child(i));
        }
        hashes.add(new Hashes.HashedRange(range, children));
        if (hashes.size() == Hashes.MAX_RANGES) {
          out.to(own, to.peer(), to.from(), new Hashes(List.copyOf(hashes)), to.stream(), nowNanos);
          hashes.clear();
        }
        continue;
      }
      List<Leaves.Row> listed = new ArrayList<>();
      for (Peer row : rows.subList(0, Math.min(Leaves.MAX_ROWS, rows.size()))) {
        listed.add(new Leaves.Row(row.id, row.hash));
      }
      int more = 3 + 24 * listed.size();
      if (bytes + more > 24 * Leaves.MAX_ROWS + 3) {
        out.to(own, to.peer(), to.from(), new Leaves(List.copyOf(leaves)), to.stream(), nowNanos);
        leaves.clear();
        bytes = 0;
      }
      leaves.add(new Leaves.ListedRange(range, listed));
      bytes += more;
    }
    if (!hashes.isEmpty()) {
      out.to(own, to.peer(), to.from(), new Hashes(hashes), to.stream(), nowNanos);
    }
    if (!leaves.isEmpty()) {
      out.to(own, to.peer(), to.from(), new Leaves(leaves), to.stream(), nowNanos);
    }
  }
}
