package starling.gossip.detector;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * How long it takes until all members know of a death, and what a member sends meanwhile.
 *
 * @param millis of each death, ascending
 */
record DetectionFigures(
    Strategy strategy,
    int size,
    double loss,
    boolean streams,
    List<Long> millis,
    int falseDeaths,
    double packetsPerSecond,
    double bytesPerSecond,
    double connectionsPerSecond) {
  private static final int QUIET_MILLIS = 20_000;

  /** Lets members end one after the other, in as many worlds as it takes. */
  static DetectionFigures measure(
      Strategy strategy, int size, double loss, boolean streams, int deaths) {
    List<Long> millis = new ArrayList<>();
    int falseDeaths = 0;
    double packets = 0;
    double bytes = 0;
    double connections = 0;
    int worlds = 0;
    for (long seed = 1; millis.size() < deaths; seed++) {
      DetectorWorld world = new DetectorWorld(seed, strategy);
      world.links.loss = loss;
      world.links.streamsOnly = streams;
      List<SimMember> members = world.cluster(size);
      world.run(QUIET_MILLIS);
      long packetsBefore = world.links.packets;
      long bytesBefore = world.links.wireBytes;
      long connectionsBefore = world.links.connectionsOpened;
      world.run(QUIET_MILLIS);
      double share = 1_000.0 / QUIET_MILLIS / size;
      packets += (world.links.packets - packetsBefore) * share;
      bytes += (world.links.wireBytes - bytesBefore) * share;
      connections += (world.links.connectionsOpened - connectionsBefore) * share;
      worlds++;
      int here = Math.max(1, Math.min(size / 10, 20));
      for (int i = 0; i < here && millis.size() < deaths; i++) {
        SimMember victim = members.get(size - 1 - i);
        victim.kill();
        millis.add(world.untilAllKnow(victim));
        world.run(world.draw().nextLong(2_000, 3_000));
      }
      falseDeaths += world.falseDeathEvents.size();
    }
    Collections.sort(millis);
    return new DetectionFigures(
        strategy,
        size,
        loss,
        streams,
        millis,
        falseDeaths,
        packets / worlds,
        bytes / worlds,
        connections / worlds);
  }

  double seconds(double quantile) {
    return millis.get((int) Math.min(millis.size() - 1, millis.size() * quantile)) / 1_000.0;
  }

  double worst() {
    return millis.get(millis.size() - 1) / 1_000.0;
  }
}
