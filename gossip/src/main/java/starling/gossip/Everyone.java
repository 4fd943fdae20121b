package starling.gossip;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** This node and all others, in one view. */
final class Everyone {
  private final Self self;
  private final Roster roster;

  Everyone(Self self, Roster roster) {
    this.self = self;
    this.roster = roster;
  }

  boolean isSelf(UUID id) {
    return id.equals(self.member().id());
  }

  /** What is known of one; null if nothing is. */
  @Nullable Introduction introduction(UUID id) {
    if (isSelf(id)) {
      return self.introduction();
    }
    Account account = roster.account(id);
    return account == null ? null : account.introduction();
  }

  /** All, ordered by id. */
  List<Introduction> introductions() {
    SortedMap<UUID, Introduction> all = new TreeMap<>();
    all.put(self.member().id(), self.introduction());
    for (Account account : roster.accounts()) {
      all.put(account.member().id(), account.introduction());
    }
    return List.copyOf(all.values());
  }

  /** All in short, ordered by id. */
  List<Entry> entries() {
    List<Entry> entries = new ArrayList<>();
    for (Introduction each : introductions()) {
      entries.add(each.entry());
    }
    return entries;
  }

  /** All as others are shown them, ordered by id. */
  List<Standing> standings() {
    List<Standing> standings = new ArrayList<>();
    for (Introduction each : introductions()) {
      standings.add(new Standing(each.member(), each.status(), each.heartbeat()));
    }
    return standings;
  }
}
