package starling.loadgen;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/** How results are written as numbers. */
final class Numbers {
  private static final double LAST_OF_CURVE = 99.99;
  private static final int STEPS_PER_HALVING = 5;

  private Numbers() {}

  static double rounded(double value) {
    return Math.round(value * 1000) / 1000.0;
  }

  /** {@code p50, p95, p99, p999, max} in microseconds. */
  static ObjectNode percentiles(Histogram nanos) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("p50", micros(nanos, 50));
    node.put("p95", micros(nanos, 95));
    node.put("p99", micros(nanos, 99));
    node.put("p999", micros(nanos, 99.9));
    node.put("max", rounded(nanos.getMaxValue() / 1e3));
    return node;
  }

  private static double micros(Histogram nanos, double percentile) {
    return rounded(nanos.getValueAtPercentile(percentile) / 1e3);
  }

  /** Pairs of a percentile and its microseconds, up to p99.99. */
  static ArrayNode curve(Histogram nanos) {
    ArrayNode points = JsonNodeFactory.instance.arrayNode();
    for (HistogramIterationValue step : nanos.percentiles(STEPS_PER_HALVING)) {
      if (step.getPercentileLevelIteratedTo() > LAST_OF_CURVE) {
        break;
      }
      points
          .addArray()
          .add(rounded(step.getPercentileLevelIteratedTo()))
          .add(rounded(step.getValueIteratedTo() / 1e3));
    }
    points.addArray().add(LAST_OF_CURVE).add(micros(nanos, LAST_OF_CURVE));
    return points;
  }
}
