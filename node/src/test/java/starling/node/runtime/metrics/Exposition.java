package starling.node.runtime.metrics;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code /metrics} answers, and what of it Prometheus or its users would trip over. */
public final class Exposition {
  /** More than this of one node costs a Prometheus that watches many. */
  public static final int MAX_SERIES = 2_500;

  private static final Pattern SAMPLE =
      Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{.*\\})? (\\S+)");

  /** Units, and parts of them, whose base unit is another one; and endings of other types. */
  private static final Pattern WRONG_UNIT =
      Pattern.compile(
          ".*_(milliseconds|millis|ms|microseconds|micros|us|nanoseconds|nanos|ns|minutes|hours|days"
              + "|kilobytes|kib|kb|mib|mb|gib|gb|bits|percent)(_.*)?");

  /**
   * All series of one name.
   *
   * @param labels their names, without {@code le}
   */
  public record Family(
      String name, String type, String help, Set<String> labels, List<String> series) {}

  private final Map<String, Family> families = new LinkedHashMap<>();
  private final List<String> problems = new ArrayList<>();
  private final Map<String, String> helps = new LinkedHashMap<>();
  private final Set<String> seen = new HashSet<>();
  private int series;

  /** Reads the text format 0.0.4. */
  public Exposition(String text) {
    text.lines().forEach(this::read);
    families.values().forEach(this::judge);
    if (series > MAX_SERIES) {
      problems.add("there are " + series + " series, more than " + MAX_SERIES);
    }
  }

  public Map<String, Family> families() {
    return families;
  }

  public int series() {
    return series;
  }

  /** What is wrong, one line for each fault; empty if nothing is. */
  public List<String> problems() {
    return problems;
  }

  private void read(String line) {
    if (line.startsWith("# HELP ")) {
      String[] words = line.split(" ", 4);
      if (helps.put(words[2], words.length < 4 ? "" : words[3]) != null) {
        problems.add(words[2] + " has two HELP lines");
      }
    } else if (line.startsWith("# TYPE ")) {
      String[] words = line.split(" ", 4);
      Family family =
          new Family(
              words[2],
              words[3],
              helps.getOrDefault(words[2], ""),
              new TreeSet<>(),
              new ArrayList<>());
      if (families.put(words[2], family) != null) {
        problems.add(words[2] + " has two TYPE lines");
      }
    } else if (!line.isEmpty()) {
      sample(line);
    }
  }

  private void sample(String line) {
    Matcher sample = SAMPLE.matcher(line);
    if (!sample.matches()) {
      problems.add("not a sample: " + line);
      return;
    }
    series++;
    String name = sample.group(1);
    String labels = sample.group(2) == null ? "" : sample.group(2);
    if (!seen.add(name + labels)) {
      problems.add(name + labels + " stands there twice");
    }
    Family family = families.get(name);
    if (family == null) {
      Family whole = families.get(name.replaceFirst("_(bucket|sum|count)$", ""));
      family =
          whole != null && (whole.type.equals("histogram") || whole.type.equals("summary"))
              ? whole
              : null;
    }
    if (family == null) {
      problems.add(name + " has no TYPE");
      return;
    }
    family.series.add(name + labels + " " + sample.group(3));
    Matcher label = Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"").matcher(labels);
    while (label.find()) {
      family.labels.add(label.group(1));
    }
    boolean bucket = family.type.equals("histogram") && name.endsWith("_bucket");
    if (family.labels.contains("le") && !family.type.equals("histogram")) {
      problems.add(name + " is no histogram, but has a label le");
    }
    if (bucket) {
      family.labels.remove("le");
    }
  }

  private void judge(Family family) {
    String name = family.name;
    if (family.help.isBlank()) {
      problems.add(name + " has no HELP");
    }
    if (family.series.isEmpty()) {
      problems.add(name + " has no series");
    }
    if (WRONG_UNIT.matcher(name).matches()) {
      problems.add(name + " is not in a base unit");
    }
    if (!name.equals(name.toLowerCase(Locale.ROOT))) {
      problems.add(name + " has capitals");
    }
    boolean total = name.endsWith("_total");
    if (family.type.equals("counter") != total) {
      problems.add(name + " is a " + family.type + (total ? "" : " without _total"));
    }
    if (name.matches(".*_(count|sum|bucket|info|created)")) {
      problems.add(name + " has the ending of a part of a histogram");
    }
    if (family.type.equals("histogram")) {
      judgeBuckets(family);
    }
  }

  private void judgeBuckets(Family family) {
    Map<String, Double> last = new LinkedHashMap<>();
    Map<String, Double> whole = new LinkedHashMap<>();
    Map<String, Double> counts = new LinkedHashMap<>();
    for (String line : family.series) {
      double value = Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
      String labels = line.substring(0, line.lastIndexOf(' ')).replaceFirst("^[a-z_]+", "");
      Matcher le = Pattern.compile(",?le=\"([^\"]*)\"").matcher(labels);
      if (le.find()) {
        String others = le.replaceFirst("").replace("{}", "");
        if (value < last.getOrDefault(others, 0.0)) {
          problems.add(line + " counts less than the bucket before it");
        }
        last.put(others, value);
        if (le.group(1).equals("+Inf")) {
          whole.put(others, value);
        }
      } else if (line.startsWith(family.name + "_count")) {
        counts.put(labels, value);
      }
    }
    if (!whole.equals(counts)) {
      problems.add(family.name + " has other counts than its buckets of +Inf");
    }
  }
}
