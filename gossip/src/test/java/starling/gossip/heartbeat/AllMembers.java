package starling.gossip.heartbeat;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** This node and all others, in one view. */
final class AllMembers {
  private final Self self;
  private final MemberList roster;

  AllMembers(Self self, MemberList roster) {
    this.self = self;
    this.roster = roster;
  }

  boolean isSelf(UUID id) {
    return id.equals(self.member().id());
  }

  /** What this node knows of a member; null if it knows nothing. */
  @Nullable MemberRecord introduction(UUID id) {
    if (isSelf(id)) {
      return self.introduction();
    }
    MemberState account = roster.account(id);
    return account == null ? null : account.introduction();
  }

  /** All, ordered by id. */
  List<MemberRecord> introductions() {
    List<MemberRecord> all = new ArrayList<>();
    boolean placed = false;
    for (MemberState account : roster.accounts()) {
      if (!placed && self.member().id().compareTo(account.member().id()) < 0) {
        all.add(self.introduction());
        placed = true;
      }
      all.add(account.introduction());
    }
    if (!placed) {
      all.add(self.introduction());
    }
    return all;
  }

  /** All in short, ordered by id. */
  List<Entry> entries() {
    List<Entry> entries = new ArrayList<>();
    for (MemberRecord each : introductions()) {
      entries.add(each.entry());
    }
    return entries;
  }

  /** All as this node states them to others, ordered by id. */
  List<ObservedMember> standings() {
    List<ObservedMember> standings = new ArrayList<>();
    for (MemberRecord each : introductions()) {
      standings.add(new ObservedMember(each.member(), each.status(), each.heartbeat()));
    }
    return standings;
  }
}
