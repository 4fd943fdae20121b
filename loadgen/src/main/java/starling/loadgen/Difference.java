package starling.loadgen;

import java.util.List;

/**
 * The difference of two means, with the margin that holds it with 95 % confidence: Welch's interval
 * for samples of different variance. Relative to the first mean.
 *
 * @param before mean of the first samples
 * @param after mean of the second samples
 * @param part the difference as a part of {@code before}
 * @param margin the margin as a part of {@code before}
 */
record Difference(double before, double after, double part, double margin) {
  /** Fewer samples say nothing about their spread. */
  static final int MIN_SAMPLES = 2;

  /** Two-sided 95 % of Student's distribution, for 1 to 30 degrees of freedom. */
  private static final double[] STUDENT = {
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042
  };

  private static final double NORMAL = 1.96;

  /** Of at least two samples each. */
  static Difference of(List<Double> first, List<Double> second) {
    double before = mean(first);
    double after = mean(second);
    double a = variance(first, before) / first.size();
    double b = variance(second, after) / second.size();
    double freedom =
        a + b == 0
            ? 1
            : (a + b) * (a + b) / (a * a / (first.size() - 1) + b * b / (second.size() - 1));
    double margin = student(freedom) * Math.sqrt(a + b);
    return new Difference(before, after, (after - before) / before, margin / Math.abs(before));
  }

  /** Whether the margin excludes that both are alike. */
  boolean shown() {
    return Math.abs(part) > margin;
  }

  /** The lower count of freedom where it lies between two: the wider margin. */
  private static double student(double freedom) {
    int whole = (int) Math.max(1, Math.floor(freedom));
    return whole > STUDENT.length ? NORMAL + 2.5 / whole : STUDENT[whole - 1];
  }

  private static double mean(List<Double> samples) {
    return samples.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }

  private static double variance(List<Double> samples, double mean) {
    return samples.stream().mapToDouble(x -> (x - mean) * (x - mean)).sum() / (samples.size() - 1);
  }
}
