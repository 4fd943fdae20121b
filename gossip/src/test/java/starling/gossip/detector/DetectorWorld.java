package starling.gossip.detector;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.gossip.Member;
import starling.gossip.Status;
import starling.sim.Simulation;
import starling.sim.SplitMix;

/**
 * Up to a thousand members with one kind of failure detector in one simulation. The same seed, size
 * and sequence of calls give the same faults for each kind, and the same trace for one kind.
 */
final class DetectorWorld {
  /** A member was called dead although it ran. */
  record FalseDeath(SimMember victim, long incarnation, SimMember by, long millis) {}

  final Strategy strategy;
  final DetectorConfig config;
  final SwimRules rules;
  final UUID cluster;
  final Simulation sim;
  final SimLinks links;
  final List<FalseDeath> falseDeaths = new ArrayList<>();

  /** Distinct (victim, incarnation) pairs among them. */
  final Set<String> falseDeathEvents = new LinkedHashSet<>();

  /** Members that were called alive although their process had ended, after all knew its death. */
  final List<String> revivals = new ArrayList<>();

  private final SplitMix draw;
  private final Map<Address, SimMember> running = new LinkedHashMap<>();
  private final Map<UUID, SimMember> byId = new HashMap<>();
  private final Map<SimMember, Integer> sides = new HashMap<>();
  private final Map<SimMember, Set<SimMember>> knowing = new HashMap<>();
  private int lastHost;
  private int lastSerial;

  DetectorWorld(long seed, Strategy strategy) {
    this(seed, strategy, DetectorConfig.LAN, SwimRules.SWIM);
  }

  DetectorWorld(long seed, Strategy strategy, DetectorConfig config, SwimRules rules) {
    this.strategy = strategy;
    this.config = config;
    this.rules = rules;
    this.sim = new Simulation(seed);
    sim.limitEvents(4_000_000_000L);
    this.draw = sim.stream("world");
    this.cluster = new UUID(draw.nextLong(), draw.nextLong());
    this.links = new SimLinks(this, sim);
  }

  SplitMix draw() {
    return draw;
  }

  // --- members

  Address freshAddress() {
    lastHost++;
    return new Address("10.0." + lastHost / 256 + "." + lastHost % 256, 7946);
  }

  SimMember.Directory emptyDirectory() {
    return new SimMember.Directory(new UUID(draw.nextLong(), draw.nextLong()));
  }

  SimMember start(String name, Address at, SimMember.Directory directory, List<Address> contacts) {
    SimMember member = create(name, at, directory);
    member.begin(contacts);
    return member;
  }

  private SimMember create(String name, Address at, SimMember.Directory directory) {
    SimMember member = new SimMember(this, name, at, directory, lastSerial++);
    running.put(at, member);
    byId.put(member.id(), member);
    return member;
  }

  /** The next process of this member, at its address. */
  SimMember restart(SimMember member, List<Address> contacts) {
    return start(member.name, member.address, member.directory, contacts);
  }

  /** A cluster in which all members know each other from the start. */
  List<SimMember> cluster(int size) {
    List<SimMember> members = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      members.add(create("n" + i, freshAddress(), emptyDirectory()));
    }
    List<Address> contacts = contacts(members);
    List<Member> records = members.stream().map(each -> each.detector.self()).toList();
    for (SimMember each : members) {
      each.begin(contacts);
      each.detector.introduce(records, sim.nanoTime());
      each.detector.drain();
    }
    return members;
  }

  static List<Address> contacts(List<SimMember> members) {
    return members.stream().limit(3).map(each -> each.address).toList();
  }

  @Nullable SimMember at(Address address) {
    return running.get(address);
  }

  void gone(SimMember member) {
    running.remove(member.address, member);
  }

  Collection<SimMember> members() {
    return List.copyOf(running.values());
  }

  // --- the network

  /** Members of different sides do not reach each other. */
  void partition(List<? extends Collection<SimMember>> parts) {
    for (int i = 0; i < parts.size(); i++) {
      for (SimMember each : parts.get(i)) {
        sides.put(each, i);
      }
    }
  }

  void heal() {
    sides.clear();
  }

  boolean connected(SimMember a, SimMember b) {
    return sides.isEmpty() || sides.getOrDefault(a, 0).equals(sides.getOrDefault(b, 0));
  }

  // --- looking

  void changed(SimMember by, Member member, @Nullable Status from, Status to) {
    sim.note(by.name + " sees " + member.name() + " " + from + " > " + to);
    SimMember about = byId.get(member.id());
    if (about == null) {
      return;
    }
    if (to == Status.DEAD) {
      knowing.computeIfAbsent(about, a -> new LinkedHashSet<>()).add(by);
    }
    boolean present = about.detector.self().life().sameProcess(member.life());
    if (to == Status.DEAD && about.running() && present && connected(by, about)) {
      falseDeaths.add(new FalseDeath(about, member.incarnation(), by, millis()));
      falseDeathEvents.add(about.name + " " + member.incarnation());
    }
    if (from == Status.DEAD && to != Status.LEFT && !about.running()) {
      revivals.add(by.name + " " + member.name());
    }
  }

  /** How many running members have called this one dead. */
  boolean allKnowDeathOf(SimMember victim) {
    Set<SimMember> known = knowing.getOrDefault(victim, Set.of());
    return known.size() >= running.size() && known.containsAll(running.values());
  }

  /** Milliseconds until all know of a death, or -1 if that takes longer than a minute. */
  long untilAllKnow(SimMember victim) {
    long began = millis();
    return sim.runUntil(() -> allKnowDeathOf(victim), 60_000) ? millis() - began : -1;
  }

  /**
   * Each running member sees the present process of each other alive, and no member that does not
   * run alive or suspect; {@code null}, or the first difference.
   */
  @Nullable String disagreement() {
    for (SimMember one : running.values()) {
      for (SimMember other : running.values()) {
        if (one.sees(other) != Status.ALIVE) {
          return one + " sees " + other + " " + one.sees(other);
        }
      }
      for (MemberSnapshot each : one.detector.members()) {
        SimMember present = byId.get(each.member().id());
        boolean runs = present != null && present.running();
        boolean alive = each.status() == Status.ALIVE || each.status() == Status.SUSPECT;
        if (alive && !runs) {
          return one + " sees " + each.member().name() + ", which has ended, " + each.status();
        }
        if (runs && !each.member().life().equals(present.detector.self().life())) {
          return one + " knows another incarnation of " + present;
        }
      }
    }
    return null;
  }

  /** Milliseconds until all views are equal, looked at every 100 ms; -1 if they are not by then. */
  long untilAgreed(long atMostMillis) {
    long began = millis();
    while (disagreement() != null) {
      if (millis() - began >= atMostMillis) {
        return -1;
      }
      sim.runForMillis(100);
    }
    return millis() - began;
  }

  boolean eventually(BooleanSupplier condition, long atMostMillis) {
    return sim.runUntil(condition, atMostMillis);
  }

  void run(long forMillis) {
    sim.runForMillis(forMillis);
  }

  long millis() {
    return sim.nanoTime() / 1_000_000;
  }
}
