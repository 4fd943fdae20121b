package starling.node.runtime.metrics;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Exemplars;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/**
 * All metrics of one node, by the names that Prometheus reads, so that a name on a dashboard is
 * found in the code. The event loop owns it: {@link #refresh} copies every value there, and {@link
 * #scrape} writes the copy out on any thread. Those of the JVM are read by the scrape itself.
 */
public final class Metrics implements AutoCloseable {
  private static final String TOTAL = "_total";
  private static final long NOT_TOLD = 0;

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmMetrics jvm;
  private final Map<String, Family> families = new TreeMap<>();
  private final List<Runnable> preparations = new ArrayList<>();
  private volatile List<Reading> latest = List.of();

  /** The metrics of the JVM; the node's parts add theirs. */
  public Metrics() {
    jvm = new JvmMetrics(registry);
    // Not a method reference: the registry asks for names otherwise, and there are none yet.
    MultiCollector all = () -> snapshots(latest);
    registry.getPrometheusRegistry().register(all);
  }

  /** Runs before values are copied; on the event loop. */
  public void beforeRefresh(Runnable preparation) {
    preparations.add(preparation);
  }

  /** A number that only grows; its name ends in {@code _total}. Labels are names and values. */
  public void counter(String name, String help, DoubleSupplier value, String... labels) {
    if (!name.endsWith(TOTAL)) {
      throw new IllegalArgumentException("the name of a counter must end in _total: " + name);
    }
    family(name, help, Type.COUNTER).numbers.add(new Series<>(Labels.of(labels), value));
  }

  /** A number that rises and falls. */
  public void gauge(String name, String help, DoubleSupplier value, String... labels) {
    family(name, help, Type.GAUGE).numbers.add(new Series<>(Labels.of(labels), value));
  }

  /** A new histogram of times that are recorded in nanoseconds. */
  public Histogram seconds(String name, String help, long[] nanoBounds, String... labels) {
    Histogram histogram = new Histogram(1e9, nanoBounds);
    histogram(name, help, histogram::read, labels);
    return histogram;
  }

  /** A histogram that is counted elsewhere. */
  void histogram(String name, String help, Supplier<HistogramReading> value, String... labels) {
    family(name, help, Type.HISTOGRAM).histograms.add(new Series<>(Labels.of(labels), value));
  }

  private Family family(String name, String help, Type type) {
    Family family = families.computeIfAbsent(name, first -> new Family(name, help, type));
    if (family.type != type || !family.help.equals(help)) {
      throw new IllegalArgumentException("two metrics have the name " + name);
    }
    return family;
  }

  /** Copies all values; on the event loop. */
  public void refresh() {
    preparations.forEach(Runnable::run);
    List<Reading> readings = new ArrayList<>(families.size());
    for (Family family : families.values()) {
      readings.add(family.read());
    }
    latest = readings;
  }

  /** All metrics as text of a type, with the values of the last refresh; on any thread. */
  public String scrape(String contentType) {
    return registry.scrape(contentType);
  }

  private static MetricSnapshots snapshots(List<Reading> readings) {
    List<MetricSnapshot> snapshots = new ArrayList<>(readings.size());
    for (Reading reading : readings) {
      snapshots.add(reading.snapshot());
    }
    return new MetricSnapshots(snapshots);
  }

  @Override
  public void close() {
    jvm.close();
  }

  private enum Type {
    COUNTER,
    GAUGE,
    HISTOGRAM
  }

  private record Series<V>(Labels labels, V value) {}

  /** All series of one name. */
  private static final class Family {
    final String name;
    final String help;
    final Type type;
    final List<Series<DoubleSupplier>> numbers = new ArrayList<>();
    final List<Series<Supplier<HistogramReading>>> histograms = new ArrayList<>();

    Family(String name, String help, Type type) {
      this.name = name;
      this.help = help;
      this.type = type;
    }

    Reading read() {
      List<Series<Double>> values = new ArrayList<>(numbers.size());
      for (Series<DoubleSupplier> series : numbers) {
        values.add(new Series<>(series.labels, series.value.getAsDouble()));
      }
      List<Series<HistogramReading>> distributions = new ArrayList<>(histograms.size());
      for (Series<Supplier<HistogramReading>> series : histograms) {
        distributions.add(new Series<>(series.labels, series.value.get()));
      }
      return new Reading(name, help, type, values, distributions);
    }
  }

  /** The same at one moment. */
  private record Reading(
      String name,
      String help,
      Type type,
      List<Series<Double>> numbers,
      List<Series<HistogramReading>> histograms) {

    MetricSnapshot snapshot() {
      return switch (type) {
        case COUNTER ->
            // The library adds the ending itself.
            new CounterSnapshot(
                new MetricMetadata(name.substring(0, name.length() - TOTAL.length()), help),
                numbers.stream()
                    .map(s -> new CounterDataPointSnapshot(s.value, s.labels, null, NOT_TOLD))
                    .toList());
        case GAUGE ->
            new GaugeSnapshot(
                new MetricMetadata(name, help),
                numbers.stream()
                    .map(s -> new GaugeDataPointSnapshot(s.value, s.labels, null))
                    .toList());
        case HISTOGRAM ->
            new HistogramSnapshot(
                new MetricMetadata(name, help), histograms.stream().map(Reading::point).toList());
      };
    }

    private static HistogramDataPointSnapshot point(Series<HistogramReading> series) {
      HistogramReading reading = series.value;
      return new HistogramDataPointSnapshot(
          ClassicHistogramBuckets.of(reading.upperBounds(), reading.counts()),
          reading.sum(),
          series.labels,
          Exemplars.EMPTY,
          NOT_TOLD);
    }
  }
}
