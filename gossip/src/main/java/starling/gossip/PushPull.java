package starling.gossip;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.gossip.GossipMessage.ClusterInfo;
import starling.gossip.GossipMessage.Delta;
import starling.gossip.GossipMessage.Digest;

/**
 * One step of push-pull between two members: merges what the other says, and finds what the other
 * lacks, what this node lacks, and which updates to forward. It compares at three depths, so equal
 * nodes send little: one hash over all facts, one hash for each, the values.
 */
final class PushPull {
  private static final int MAX_UNREADABLE = 64;

  /** The result of a message: an answer to its sender, and updates for others. */
  record Outcome(DeltaBuilder reply, DeltaBuilder fresh) {}

  private final Self self;
  private final MemberList roster;
  private final AllMembers everyone;
  private final FactTable facts;
  private final Consumer<Action> actions;
  private final Set<String> unreadable = new HashSet<>();
  private final Set<UUID> compared = new HashSet<>();
  private @Nullable String watched;

  PushPull(
      Self self,
      MemberList roster,
      AllMembers everyone,
      FactTable facts,
      Consumer<Action> actions) {
    this.self = self;
    this.roster = roster;
    this.everyone = everyone;
    this.facts = facts;
    this.actions = actions;
  }

  /** Records the members with which this fact is compared. */
  void watch(String name) {
    watched = name;
  }

  /** Whether a member's value of the watched fact was received, or found absent or equal. */
  boolean compared(UUID member) {
    return compared.contains(member);
  }

  private void noteCompared(Delta delta) {
    String name = watched;
    if (name == null || compared.contains(delta.header().sender())) {
      return;
    }
    boolean told = delta.facts().containsKey(name);
    if (!told && delta.factHashes() != null) {
      Long theirs = delta.factHashes().get(name);
      told = theirs == null || theirs.equals(facts.hashes().get(name));
    }
    if (told) {
      compared.add(delta.header().sender());
    }
  }

  Outcome onDigest(Digest digest, long nowNanos) {
    Outcome outcome = new Outcome(new DeltaBuilder(), new DeltaBuilder());
    Set<UUID> named = new TreeSet<>();
    for (Entry entry : digest.entries()) {
      named.add(entry.id());
      if (take(entry, outcome, nowNanos) == MemberList.Heard.BEHIND) {
        MemberRecord known = everyone.introduction(entry.id());
        if (known != null) {
          outcome.reply.entries.add(known.entry());
        }
      }
    }
    for (MemberRecord known : everyone.introductions()) {
      if (!named.contains(known.member().id())) {
        outcome.reply.introductions.add(known);
      }
    }
    if (digest.factsHash() != facts.hash()) {
      outcome.reply.factHashes = facts.hashes();
    } else if (watched != null) {
      compared.add(digest.header().sender());
    }
    return outcome;
  }

  Outcome onDelta(Delta delta, long nowNanos) {
    Outcome outcome = new Outcome(new DeltaBuilder(), new DeltaBuilder());
    for (Entry entry : delta.entries()) {
      take(entry, outcome, nowNanos);
    }
    for (MemberRecord introduction : delta.introductions()) {
      if (everyone.isSelf(introduction.member().id())) {
        self.onEntry(introduction.entry(), nowNanos);
      } else if (roster.onIntroduction(introduction, nowNanos)) {
        outcome.fresh.introductions.add(introduction);
      }
    }
    delta.facts().forEach((name, value) -> takeFact(delta.header(), name, value, outcome.fresh));
    noteCompared(delta);
    if (delta.factHashes() != null) {
      compare(delta.factHashes(), outcome.reply);
    }
    giveWanted(delta, outcome.reply);
    return outcome;
  }

  /** The facts, for a member from which nothing is accepted in return. */
  DeltaBuilder onlyFacts() {
    DeltaBuilder news = new DeltaBuilder();
    facts.values().forEach(news::fact);
    return news;
  }

  /** The told facts that this node can read. */
  SortedMap<String, byte[]> readable(ClusterInfo tell) {
    SortedMap<String, byte[]> readable = new TreeMap<>();
    tell.facts()
        .forEach(
            (name, value) -> {
              try {
                facts.check(name, value);
                readable.put(name, value);
              } catch (IllegalArgumentException reason) {
                alarmUnreadable(tell.header(), name, reason);
              }
            });
    return readable;
  }

  /** Whether a node that knows these facts can take part in their cluster. */
  boolean suffice(SortedMap<String, byte[]> known) {
    return facts.suffice(known.keySet());
  }

  private MemberList.Heard take(Entry entry, Outcome outcome, long nowNanos) {
    MemberList.Heard heard =
        everyone.isSelf(entry.id())
            ? self.onEntry(entry, nowNanos)
            : roster.onEntry(entry, nowNanos);
    if (heard == MemberList.Heard.UNKNOWN) {
      outcome.reply.wantedMembers.add(entry.id());
    } else if (heard == MemberList.Heard.NEWS) {
      outcome.fresh.entries.add(entry);
    }
    return heard;
  }

  private void takeFact(Header from, String name, byte[] value, DeltaBuilder fresh) {
    try {
      if (facts.join(name, value)) {
        actions.accept(new Action.FactChanged(name));
        fresh.fact(name, facts.require(name));
      }
    } catch (IllegalArgumentException reason) {
      alarmUnreadable(from, name, reason);
    }
  }

  /** The peer offers it again and again; one warning is enough. */
  private void alarmUnreadable(Header from, String name, IllegalArgumentException reason) {
    if (unreadable.size() < MAX_UNREADABLE && unreadable.add(name)) {
      actions.accept(
          new Action.Alarm(
              "fact "
                  + name
                  + " from "
                  + from.replyTo()
                  + " was not taken: "
                  + reason.getMessage()));
    }
  }

  private void compare(Map<String, Long> theirs, DeltaBuilder reply) {
    Map<String, Long> ours = facts.hashes();
    theirs.forEach(
        (name, hash) -> {
          if (!hash.equals(ours.get(name))) {
            reply.wantedFacts.add(name);
          }
        });
    ours.forEach(
        (name, hash) -> {
          if (!hash.equals(theirs.get(name))) {
            reply.fact(name, facts.require(name));
          }
        });
  }

  private void giveWanted(Delta delta, DeltaBuilder reply) {
    for (UUID wanted : delta.wantedMembers()) {
      MemberRecord known = everyone.introduction(wanted);
      if (known != null) {
        reply.introductions.add(known);
      }
    }
    for (String wanted : delta.wantedFacts()) {
      byte @Nullable [] value = facts.value(wanted);
      if (value != null) {
        reply.fact(wanted, value);
      }
    }
  }
}
