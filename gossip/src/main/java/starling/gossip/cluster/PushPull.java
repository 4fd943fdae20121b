package starling.gossip.cluster;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.gossip.cluster.GossipMessage.ClusterInfo;
import starling.gossip.cluster.GossipMessage.Delta;
import starling.gossip.cluster.GossipMessage.Digest;

/**
 * One step of push-pull between two members: merges what the other says, and finds what the other
 * lacks, what this node lacks, and which updates to forward. It compares at three depths, so equal
 * nodes send little: one hash over all facts, one hash for each, the values.
 */
final class PushPull {
  private static final int MAX_UNREADABLE = 64;

  /** The result of a message: an answer to its sender, and updates for others. */
  record Outcome(DeltaBuilder reply, DeltaBuilder fresh) {}

  private final FactTable facts;
  private final Consumer<Action> actions;
  private final Set<String> unreadable = new HashSet<>();
  private final Set<UUID> compared = new HashSet<>();
  private @Nullable String watched;

  PushPull(FactTable facts, Consumer<Action> actions) {
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

  Outcome onDigest(Digest digest) {
    Outcome outcome = new Outcome(new DeltaBuilder(), new DeltaBuilder());
    if (digest.factsHash() != facts.hash()) {
      outcome.reply.factHashes = facts.hashes();
    } else if (watched != null) {
      compared.add(digest.header().sender());
    }
    return outcome;
  }

  Outcome onDelta(Delta delta) {
    Outcome outcome = new Outcome(new DeltaBuilder(), new DeltaBuilder());
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
    for (String wanted : delta.wantedFacts()) {
      byte @Nullable [] value = facts.value(wanted);
      if (value != null) {
        reply.fact(wanted, value);
      }
    }
  }
}
