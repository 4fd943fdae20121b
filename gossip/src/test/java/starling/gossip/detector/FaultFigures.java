package starling.gossip.detector;

import java.util.ArrayList;
import java.util.List;
import starling.gossip.Address;

/** How many running members are called dead under faults, for each detector with the same seeds. */
enum FaultFigures {
  LOSS_5("5 % loss") {
    @Override
    void inflict(DetectorWorld world, List<SimMember> members, long untilMillis) {
      world.links.loss = 0.05;
    }
  },
  LOSS_30("30 % loss") {
    @Override
    void inflict(DetectorWorld world, List<SimMember> members, long untilMillis) {
      world.links.loss = 0.3;
    }
  },
  SLOW_AND_LOSS("one member at 5 % of a processor, 5 % loss") {
    @Override
    void inflict(DetectorWorld world, List<SimMember> members, long untilMillis) {
      world.links.loss = 0.05;
      members.get(0).slowTo(0.05, 200_000);
    }
  },
  DEAF("one member loses 80 % of what reaches it") {
    @Override
    void inflict(DetectorWorld world, List<SimMember> members, long untilMillis) {
      members.get(0).deafness = 0.8;
    }
  },
  PAUSES("a pause of 10 s each minute, in turn") {
    @Override
    void inflict(DetectorWorld world, List<SimMember> members, long untilMillis) {
      int turn = 0;
      for (long at = 10_000; at + 20_000 < untilMillis; at += 60_000) {
        SimMember member = members.get(turn++ % members.size());
        world.sim.at(at * 1_000_000, "pause", member::pause);
        world.sim.at((at + 10_000) * 1_000_000, "resume", member::resume);
      }
    }
  },
  FLAPPING("a member restarts every 3 s") {
    @Override
    void inflict(DetectorWorld world, List<SimMember> members, long untilMillis) {
      flap(world, members.get(members.size() - 1), DetectorWorld.contacts(members), untilMillis);
    }
  },
  PARTITION("halves are cut for 20 s each two minutes") {
    @Override
    void inflict(DetectorWorld world, List<SimMember> members, long untilMillis) {
      List<List<SimMember>> halves =
          List.of(
              members.subList(0, members.size() / 2),
              members.subList(members.size() / 2, members.size()));
      for (long at = 10_000; at + 40_000 < untilMillis; at += 120_000) {
        world.sim.at(at * 1_000_000, "cut", () -> world.partition(halves));
        world.sim.at((at + 20_000) * 1_000_000, "heal", world::heal);
      }
    }
  };

  final String title;

  FaultFigures(String title) {
    this.title = title;
  }

  abstract void inflict(DetectorWorld world, List<SimMember> members, long untilMillis);

  private static void flap(
      DetectorWorld world, SimMember member, List<Address> contacts, long untilMillis) {
    if (world.millis() < untilMillis) {
      world.sim.after(
          3_000_000_000L,
          "flap",
          () -> {
            member.kill();
            flap(world, world.restart(member, contacts), contacts, untilMillis);
          });
    }
  }

  /** False deaths of members that nothing was done to, and of those that suffer the fault. */
  record Count(int ofHealthy, int ofSuffering) {}

  Count count(Strategy strategy, int size, long millis, long seed) {
    DetectorWorld world = new DetectorWorld(seed, strategy);
    List<SimMember> members = world.cluster(size);
    inflict(world, members, millis);
    world.run(millis);
    boolean one = this == SLOW_AND_LOSS || this == DEAF;
    return count(
        world.falseDeaths, this == PAUSES ? members : one ? members.subList(0, 1) : List.of());
  }

  private static Count count(List<DetectorWorld.FalseDeath> deaths, List<SimMember> suffering) {
    List<String> healthy = new ArrayList<>();
    List<String> others = new ArrayList<>();
    for (DetectorWorld.FalseDeath each : deaths) {
      boolean suffers = suffering.contains(each.victim());
      List<String> kind = suffers ? others : healthy;
      String event = each.victim() + " " + each.incarnation();
      if (!kind.contains(event)) {
        kind.add(event);
      }
    }
    return new Count(healthy.size(), others.size());
  }

  /**
   * The slow-member experiment of the Lifeguard paper: some of the members are blocked and run in
   * turns for two minutes. Counts the false deaths of members that are not slow.
   */
  static int blockedInTurns(
      Strategy strategy, int size, int slow, long blockedMillis, long runningMillis, long seed) {
    DetectorWorld world = new DetectorWorld(seed, strategy);
    List<SimMember> members = world.cluster(size);
    world.run(5_000);
    for (SimMember each : members.subList(0, slow)) {
      each.alternate(blockedMillis, runningMillis, world.millis() + 120_000);
    }
    world.run(130_000);
    return count(world.falseDeaths, members.subList(0, slow)).ofHealthy();
  }
}
