package starling.gossip.detector;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import starling.gossip.cluster.FactSpread;

/**
 * Measures all failure detectors in the simulation and writes a table and a plot. Arguments: the
 * folder to write to, and {@code quick} for fewer deaths and no cluster of a thousand.
 */
public final class Measurements {
  private static final long MINUTE = 60_000;

  private final boolean quick;
  private final StringBuilder out = new StringBuilder();
  private final List<DetectionFigures> calm = new ArrayList<>();

  private Measurements(boolean quick) {
    this.quick = quick;
  }

  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args.length > 0 ? args[0] : ".");
    Measurements measurements = new Measurements(args.length > 1 && args[1].equals("quick"));
    measurements.out.append(
        "Measured in the simulation by `deploy/bench/membership`. The same seeds give the same figures.\n");
    measurements.detection();
    measurements.transports();
    measurements.faults();
    measurements.blockedMembers();
    measurements.facts();
    measurements.speed();
    Files.writeString(folder.resolve("membership.md"), measurements.out.toString());
    Files.writeString(folder.resolve("membership.svg"), measurements.plot());
  }

  private void detection() {
    heading(
        "Seconds until all members know of a death",
        "No packet comes from the host of the ended process, not even a refusal. False: members that"
            + " were called dead although they ran.",
        "| detector | members | loss | deaths | median | 95 % | worst | false | packets/s | bytes/s |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    for (Strategy strategy : Strategy.values()) {
      for (int size : quick ? new int[] {5, 50} : new int[] {5, 50, 500, 1_000}) {
        for (double loss : new double[] {0, 0.05, 0.3}) {
          boolean heartbeat = strategy == Strategy.HEARTBEAT;
          if (size > 50 && (heartbeat || loss > 0.05)) {
            // Digests that name all members, or storms of suspicions: they take hours to simulate.
            continue;
          }
          int deaths = deaths(heartbeat, size);
          DetectionFigures figures =
              DetectionFigures.measure(strategy, size, loss, heartbeat, deaths);
          if (loss == 0) {
            calm.add(figures);
          }
          row(
              "| %s | %,d | %.0f %% | %d | %.1f | %.1f | %.1f | %d | %.1f | %,.0f |",
              strategy.title(),
              size,
              loss * 100,
              figures.millis().size(),
              figures.seconds(0.5),
              figures.seconds(0.95),
              figures.worst(),
              figures.falseDeaths(),
              figures.packetsPerSecond(),
              figures.bytesPerSecond());
        }
      }
    }
  }

  private int deaths(boolean heartbeat, int size) {
    if (heartbeat) {
      return 20;
    }
    return quick ? 40 : size <= 50 ? 200 : 40;
  }

  private void transports() {
    heading(
        "Datagrams or connections, SWIM with Lifeguard",
        "Per member and second; bytes with the headers of IP, UDP and TCP. Idle connections close"
            + " after a minute; a lost segment is sent again after 0.2 s, a lost SYN after 1 s.",
        "| transport | members | loss | median | 95 % | worst | false | connections/s | packets/s |"
            + " bytes/s |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    for (int size : quick ? new int[] {50} : new int[] {50, 1_000}) {
      for (double loss : new double[] {0, 0.05, 0.2}) {
        for (boolean streams : new boolean[] {false, true}) {
          if (size > 50 && loss > 0.05) {
            continue;
          }
          DetectionFigures figures =
              DetectionFigures.measure(Strategy.LIFEGUARD, size, loss, streams, 20);
          row(
              "| %s | %,d | %.0f %% | %.1f | %.1f | %.1f | %d | %.2f | %.1f | %,.0f |",
              streams ? "TCP" : "UDP",
              size,
              loss * 100,
              figures.seconds(0.5),
              figures.seconds(0.95),
              figures.worst(),
              figures.falseDeaths(),
              figures.connectionsPerSecond(),
              figures.packetsPerSecond(),
              figures.bytesPerSecond());
        }
      }
    }
  }

  private void faults() {
    long minutes = quick ? 5 : 30;
    heading(
        "False deaths under faults, 20 members, " + minutes + " minutes",
        "Of members that suffer no fault themselves + of those that suffer it. A member that is paused"
            + " for 10 s, or cut off, is called dead rightly as far as the others can know.",
        "| fault | heartbeat | plain SWIM | SWIM with Lifeguard |",
        "|---|---:|---:|---:|");
    for (FaultFigures fault : FaultFigures.values()) {
      StringBuilder cells = new StringBuilder();
      for (Strategy strategy : Strategy.values()) {
        FaultFigures.Count count = fault.count(strategy, 20, minutes * MINUTE, 1);
        cells.append(
            String.format(Locale.ROOT, " %d + %d |", count.ofHealthy(), count.ofSuffering()));
      }
      row("| %s |%s", fault.title, cells);
    }
  }

  private void blockedMembers() {
    heading(
        "The slow-member experiment of the Lifeguard paper",
        "50 members, some of them blocked and running in turns for two minutes; false deaths of members"
            + " that are not slow, three seeds each.",
        "| slow members | blocked | running | plain SWIM | SWIM with Lifeguard |",
        "|---:|---:|---:|---:|---:|");
    int[] totals = new int[2];
    for (int slow : new int[] {1, 4, 12}) {
      for (long blocked : new long[] {512, 2_048, 8_192}) {
        for (long running : new long[] {4, 64, 1_024}) {
          int[] counts = new int[2];
          for (long seed = 1; seed <= (quick ? 1 : 3); seed++) {
            counts[0] +=
                FaultFigures.blockedInTurns(Strategy.PLAIN_SWIM, 50, slow, blocked, running, seed);
            counts[1] +=
                FaultFigures.blockedInTurns(Strategy.LIFEGUARD, 50, slow, blocked, running, seed);
          }
          totals[0] += counts[0];
          totals[1] += counts[1];
          row("| %d | %,d ms | %,d ms | %d | %d |", slow, blocked, running, counts[0], counts[1]);
        }
      }
    }
    row("| all | | | %d | %d |", totals[0], totals[1]);
  }

  private void facts() {
    heading(
        "A fact reaches all members",
        "From one member, in rounds of a second; an update is forwarded at once to three members.",
        "| members | rounds until half know | rounds until all know |",
        "|---:|---:|---:|");
    for (int size : quick ? new int[] {10, 100} : new int[] {10, 100, 1_000}) {
      FactSpread spread = FactSpread.measure(size);
      row("| %,d | %.3f | %.3f |", size, spread.halfSeconds(), spread.allSeconds());
    }
  }

  private void speed() {
    int size = quick ? 100 : 1_000;
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long began = threads.getCurrentThreadCpuTime();
    DetectorWorld world = new DetectorWorld(1, Strategy.LIFEGUARD);
    world.cluster(size);
    world.run(10 * MINUTE);
    row("");
    row(
        "Ten simulated minutes of %,d members took %.0f s of CPU; false deaths: %d.",
        size, (threads.getCurrentThreadCpuTime() - began) / 1e9, world.falseDeathEvents.size());
  }

  private String plot() {
    Plot plot = new Plot("Seconds until all members know of a death", 20);
    for (Strategy strategy : Strategy.values()) {
      List<double[]> medians = new ArrayList<>();
      List<double[]> worst = new ArrayList<>();
      for (DetectionFigures each : calm) {
        if (each.strategy() == strategy) {
          medians.add(new double[] {each.size(), each.seconds(0.5)});
          worst.add(new double[] {each.size(), each.worst()});
        }
      }
      plot.line(strategy.title() + ", median", medians);
      plot.line(strategy.title() + ", worst", worst);
    }
    return plot.svg();
  }

  private void heading(String title, String text, String... table) {
    row("");
    row("### " + title.replace("%", "%%"));
    row("");
    row(text.replace("%", "%%"));
    row("");
    for (String each : table) {
      row(each.replace("%", "%%"));
    }
  }

  private void row(String format, Object... values) {
    String line = String.format(Locale.ROOT, format, values);
    System.out.println(line);
    out.append(line).append('\n');
  }
}
