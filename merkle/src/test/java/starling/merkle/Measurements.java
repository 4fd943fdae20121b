package starling.merkle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Measures exchanges beside other ways to find differences, and the cost of a row, and writes a
 * table and a plot. Arguments: the folder to write to, and {@code quick} for 100,000 keys.
 */
public final class Measurements {
  private static final int PARTITIONS = 64;
  private static final List<Reconciler> WAYS =
      List.of(new LeafRows(), new RatelessIblt(), new FixedTree(), new AllKeys());

  private final int keys;
  private final int[] differences;
  private final StringBuilder out = new StringBuilder();

  private Measurements(boolean quick) {
    keys = quick ? 100_000 : 1_000_000;
    differences =
        quick
            ? new int[] {0, 1, 10, 100, 1_000, 10_000}
            : new int[] {0, 1, 10, 100, 1_000, 10_000, 100_000};
  }

  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args.length > 0 ? args[0] : ".");
    boolean quick = args.length > 1 && args[1].equals("quick");
    Measurements measurements = new Measurements(quick);
    measurements.row(
        "Measured by `deploy/bench/merkle`. Bytes and round trips are the same in each run.");
    String plot = measurements.exchanges();
    measurements.onePosition();
    measurements.rows();
    Files.writeString(folder.resolve("merkle.md"), measurements.out.toString());
    Files.writeString(folder.resolve("merkle.svg"), plot);
  }

  private String exchanges() {
    SortedReplica a = SortedReplica.random(keys, PARTITIONS, new SplittableRandom(1));
    Reconciler.Cost[][] costs = new Reconciler.Cost[WAYS.size()][differences.length];
    for (int d = 0; d < differences.length; d++) {
      SortedReplica b = a.withChanges(differences[d], new SplittableRandom(2 + d));
      for (int way = 0; way < WAYS.size(); way++) {
        costs[way][d] = median(WAYS.get(way), a, b, 2L * differences[d]);
      }
    }
    heading(
        "Bytes to find keys that differ among " + number(keys),
        "Both sides hold another version of each key that differs. Bytes of all messages, both ways,"
            + " and bytes for each key; messages of the other ways have no headers here.");
    table("keys that differ");
    cells(
        "information: which keys",
        d -> {
          long bytes = Math.round(information(keys, differences[d]));
          return number(bytes) + each(bytes, differences[d]);
        });
    for (int way = 0; way < WAYS.size(); way++) {
      Reconciler.Cost[] row = costs[way];
      cells(
          WAYS.get(way).title(),
          d -> number(row[d].bytes()) + each(row[d].bytes(), differences[d]));
    }
    heading("Round trips", "As many messages as wait for each other, in pairs.");
    table("keys that differ");
    for (int way = 0; way < WAYS.size(); way++) {
      Reconciler.Cost[] row = costs[way];
      cells(WAYS.get(way).title(), d -> String.valueOf(row[d].roundTrips()));
    }
    heading(
        "Milliseconds of CPU of both sides together",
        "Median, in one thread; elements come from sorted arrays. The trees are up to date"
            + " already; the rateless table is coded for each comparison.");
    table("keys that differ");
    for (int way = 0; way < WAYS.size(); way++) {
      Reconciler.Cost[] row = costs[way];
      cells(WAYS.get(way).title(), d -> String.format(Locale.ROOT, "%,.2f", row[d].nanos() / 1e6));
    }
    LogPlot plot =
        new LogPlot(
            "Bytes to find keys that differ among " + number(keys),
            "keys that differ",
            (int) Math.log10(differences[differences.length - 1]),
            8);
    for (int way = 0; way < WAYS.size(); way++) {
      List<double[]> points = new ArrayList<>();
      for (int d = 1; d < differences.length; d++) {
        points.add(new double[] {differences[d], costs[way][d].bytes()});
      }
      plot.line(WAYS.get(way).title(), points, false);
    }
    List<double[]> points = new ArrayList<>();
    for (int d = 1; d < differences.length; d++) {
      points.add(new double[] {differences[d], information(keys, differences[d])});
    }
    plot.line("information: which keys", points, true);
    return plot.svg();
  }

  private static Reconciler.Cost median(
      Reconciler way, SortedReplica a, SortedReplica b, long differ) {
    List<Reconciler.Cost> costs = new ArrayList<>();
    // Short ones more often, until they run compiled.
    for (long nanos = 0; costs.size() < 3 || (costs.size() < 201 && nanos < 1_000_000_000L); ) {
      Reconciler.Cost cost = way.reconcile(a, b);
      nanos += cost.nanos();
      if (cost.found() != differ) {
        throw new IllegalStateException(way.title() + " found " + cost.found() + " of " + differ);
      }
      costs.add(cost);
    }
    costs.sort((x, y) -> Long.compare(x.nanos(), y.nanos()));
    return costs.get(costs.size() / 2);
  }

  /** Bytes that say which d of n keys differ: log2 of the number of ways to choose them. */
  private static double information(int n, int d) {
    double bits = 0;
    for (int i = 0; i < d; i++) {
      bits += (Math.log(n - i) - Math.log(i + 1)) / Math.log(2);
    }
    return bits / 8;
  }

  private void onePosition() {
    heading(
        "100,000 more keys of one position",
        "Keys that differ at that position, and elsewhere. The leaf is divided by digest.");
    row("| keys that differ | bytes | round trips | ms of CPU, both sides |");
    row("|---|---:|---:|---:|");
    SplittableRandom random = new SplittableRandom(3);
    SortedReplica a = SortedReplica.skewed(keys, 100_000, PARTITIONS, random);
    int at = a.from(SortedReplica.SKEWED);
    for (int[] each : new int[][] {{1, 0}, {100, 0}, {0, 1}, {0, 100}}) {
      SortedReplica b = a.withChanges(at, each[0], 0, each[1]);
      Reconciler.Cost cost = median(new LeafRows(), a, b, 2L * (each[0] + each[1]));
      row(
          "| %s there, %s elsewhere | %s | %d | %.2f |",
          each[0], each[1], number(cost.bytes()), cost.roundTrips(), cost.nanos() / 1e6);
    }
  }

  private void rows() {
    heading(
        "What a row costs",
        "Nanoseconds of CPU for each change, median of five; bytes of heap for each key.");
    row("| keys in a partition | leaves | bytes for a key | add | replace | scan |");
    row("|---:|---:|---:|---:|---:|---:|");
    for (int size : new int[] {1_000, 16_000, 25_000, 100_000, 1_000_000}) {
      SplittableRandom random = new SplittableRandom(size);
      SortedReplica replica = SortedReplica.random(size, 1, random);
      long[] shuffled = replica.positions.clone();
      for (int i = size - 1; i > 0; i--) {
        int other = random.nextInt(i + 1);
        long swapped = shuffled[i];
        shuffled[i] = shuffled[other];
        shuffled[other] = swapped;
      }
      LeafRow row = replica.rows.get(0);
      long leaves = 1L << row.depth();
      double bytes = row.bytes() / (double) row.keys();
      int repeats = Math.max(1, 1_000_000 / size);
      double scan = perKey(size, repeats, () -> replica.scan(0, row, size));
      double replace =
          perKey(
              size,
              repeats,
              () -> {
                for (long each : shuffled) {
                  row.replace(each, 1, 2);
                }
              });
      double add =
          perKey(
              size,
              repeats,
              () -> {
                for (long each : shuffled) {
                  row.add(each, 3);
                }
              });
      row("| %,d | %,d | %.2f | %.0f | %.0f | %.0f |", size, leaves, bytes, add, replace, scan);
    }
  }

  private static double perKey(int keys, int repeats, Runnable run) {
    double[] nanos = new double[7];
    for (int i = 0; i < nanos.length; i++) {
      long began = Reconciler.cpuNanos();
      for (int j = 0; j < repeats; j++) {
        run.run();
      }
      nanos[i] = (Reconciler.cpuNanos() - began) / (double) keys / repeats;
    }
    double[] warm = Arrays.copyOfRange(nanos, 2, nanos.length);
    Arrays.sort(warm);
    return warm[2];
  }

  private interface Cell {
    String of(int index);
  }

  private void table(String name) {
    StringBuilder head = new StringBuilder("| " + name + " |");
    StringBuilder rule = new StringBuilder("|---|");
    for (int each : differences) {
      head.append(' ').append(number(each)).append(" |");
      rule.append("---:|");
    }
    row(head.toString());
    row(rule.toString());
  }

  private void cells(String title, Cell cell) {
    StringBuilder line = new StringBuilder("| " + title + " |");
    for (int d = 0; d < differences.length; d++) {
      line.append(' ').append(cell.of(d)).append(" |");
    }
    row(line.toString());
  }

  private static String each(long bytes, int differences) {
    return differences == 0 ? "" : " (" + number(bytes / differences) + ")";
  }

  private static String number(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  private void heading(String title, String text) {
    row("");
    row("### " + title);
    row("");
    row(text);
    row("");
  }

  private void row(String format, Object... values) {
    String line = values.length == 0 ? format : String.format(Locale.ROOT, format, values);
    System.out.println(line);
    out.append(line).append('\n');
  }
}
