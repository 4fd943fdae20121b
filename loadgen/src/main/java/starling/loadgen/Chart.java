package starling.loadgen;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Lines in a plane, as SVG.
 *
 * @param x the axis to the right
 * @param y the axis upwards
 * @param marks places on the x axis that a number names
 * @param bands pieces of the x axis with a coloured ground
 */
record Chart(String title, Axis x, Axis y, List<Line> lines, List<Double> marks, List<Band> bands) {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 260;
  private static final int LEFT = 80;
  private static final int RIGHT = 25;
  private static final int TOP = 34;
  private static final int BOTTOM = 44;
  private static final int MARK_LABEL = 6;

  /** With more points their dots hide the line. */
  private static final int MAX_DOTS = 60;

  private static final List<String> COLORS = List.of("#2563a8", "#3a9a5b", "#d98a1f", "#b3362f");

  /** A line; a point whose y is not a number interrupts it. */
  record Line(String name, List<Point> points) {}

  record Point(double x, double y) {}

  record Band(double from, double to) {}

  record Tick(double value, String label) {}

  /**
   * An axis.
   *
   * @param title what is measured, with its unit
   * @param ticks in ascending order; the first and the last are the ends of the axis
   * @param logarithmic whether equal steps are equal factors
   */
  record Axis(String title, List<Tick> ticks, boolean logarithmic) {
    private static final int ABOUT_TICKS = 5;
    private static final double[] NICE = {1, 2, 5, 10};

    /** From 0 to at least {@code most} and 1, in round steps. */
    static Axis linear(String title, double most) {
      double max = Math.max(most, 1);
      double rough = max / ABOUT_TICKS;
      double power = Math.pow(10, Math.floor(Math.log10(rough)));
      double step = power;
      for (double nice : NICE) {
        step = nice * power;
        if (step >= rough * (1 - 1e-9)) {
          break;
        }
      }
      List<Tick> ticks = new ArrayList<>();
      for (int i = 0; i == 0 || (i - 1) * step < max * (1 - 1e-9); i++) {
        ticks.add(new Tick(i * step, text(i * step)));
      }
      return new Axis(title, ticks, false);
    }

    /** Powers of ten around all of these; between few of them also their double and fivefold. */
    static Axis logarithmic(String title, double min, double max) {
      int from = (int) Math.floor(Math.log10(min) + 1e-9);
      int to = Math.max(from + 1, (int) Math.ceil(Math.log10(max) - 1e-9));
      List<Tick> ticks = new ArrayList<>();
      for (int power = from; power <= to; power++) {
        for (double nice :
            to - from > 2 || power == to ? new double[] {1} : new double[] {1, 2, 5}) {
          double value = nice * Math.pow(10, power);
          ticks.add(new Tick(value, text(value)));
        }
      }
      return new Axis(title, ticks, true);
    }

    private double first() {
      return ticks.get(0).value();
    }

    private double last() {
      return ticks.get(ticks.size() - 1).value();
    }

    /** Where a value lies, from 0 to 1. */
    double part(double value) {
      double within = Math.max(first(), Math.min(last(), value));
      return logarithmic
          ? Math.log(within / first()) / Math.log(last() / first())
          : (within - first()) / (last() - first());
    }
  }

  /** A number for a person: three digits at least, none that says nothing. */
  static String text(double value) {
    if (value >= 100 || value == Math.rint(value)) {
      return String.format(Locale.ROOT, "%,.0f", value);
    }
    String digits = value >= 10 ? "%.1f" : value >= 1 ? "%.2f" : "%.3f";
    return String.format(Locale.ROOT, digits, value).replaceAll("\\.?0+$", "");
  }

  private double across(double value) {
    return LEFT + x.part(value) * (WIDTH - LEFT - RIGHT);
  }

  private double down(double value) {
    return HEIGHT - BOTTOM - y.part(value) * (HEIGHT - TOP - BOTTOM);
  }

  String svg() {
    StringBuilder svg = new StringBuilder();
    svg.append(
        String.format(
            Locale.ROOT,
            "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">%n",
            WIDTH,
            HEIGHT,
            Html.text(title)));
    int floor = HEIGHT - BOTTOM;
    for (Band band : bands) {
      double from = across(band.from());
      element(
          svg,
          "<rect class=\"band\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>",
          from,
          TOP,
          Math.max(1, across(band.to()) - from),
          floor - TOP);
    }
    for (Tick tick : y.ticks()) {
      double at = down(tick.value());
      element(
          svg,
          "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>",
          LEFT,
          WIDTH - RIGHT,
          at,
          at);
      element(
          svg,
          "<text class=\"y\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
          LEFT - 6,
          at + 4,
          tick.label());
    }
    for (Tick tick : x.ticks()) {
      double at = across(tick.value());
      element(
          svg,
          "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>",
          at,
          at,
          floor,
          floor + 4);
      element(
          svg,
          "<text class=\"x\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
          at,
          floor + 17,
          tick.label());
    }
    element(
        svg,
        "<text class=\"axis\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>",
        WIDTH - RIGHT,
        floor + 34,
        Html.text(x.title()));
    element(
        svg,
        "<text class=\"axis\" x=\"%d\" y=\"%d\">%s</text>",
        MARK_LABEL,
        14,
        Html.text(y.title()));
    marks(svg, floor);
    for (int i = 0; i < lines.size(); i++) {
      line(svg, lines.get(i), COLORS.get(i % COLORS.size()));
    }
    return svg.append("</svg>\n").toString();
  }

  private void marks(StringBuilder svg, int floor) {
    double free = 0;
    for (int i = 0; i < marks.size(); i++) {
      double at = across(marks.get(i));
      element(
          svg,
          "<line class=\"mark\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>",
          at,
          at,
          TOP,
          floor);
      // Numbers of marks that are too close to each other are left out: the list has them all.
      if (at >= free) {
        element(
            svg,
            "<text class=\"mark\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d</text>",
            at,
            TOP - MARK_LABEL,
            i + 1);
        free = at + 16;
      }
    }
  }

  private void line(StringBuilder svg, Line line, String color) {
    List<Point> piece = new ArrayList<>();
    for (Point point : line.points()) {
      if (!Double.isNaN(point.y())) {
        piece.add(point);
      } else {
        polyline(svg, piece, color);
        piece.clear();
      }
    }
    polyline(svg, piece, color);
    if (line.points().size() <= MAX_DOTS) {
      for (Point point : line.points()) {
        if (!Double.isNaN(point.y())) {
          element(
              svg,
              "<path class=\"dot\" stroke=\"%s\" d=\"M%.1f %.1fh0\"/>",
              color,
              across(point.x()),
              down(point.y()));
        }
      }
    }
  }

  private void polyline(StringBuilder svg, List<Point> points, String color) {
    if (!points.isEmpty()) {
      String at =
          points.stream()
              .map(
                  point ->
                      String.format(Locale.ROOT, "%.1f,%.1f", across(point.x()), down(point.y())))
              .collect(Collectors.joining(" "));
      element(
          svg,
          "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\" points=\"%s\"/>",
          color,
          at);
    }
  }

  private static void element(StringBuilder svg, String format, Object... arguments) {
    svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }

  /** What the colours stand for. */
  String legend() {
    StringBuilder legend = new StringBuilder("<p class=\"legend\">");
    for (int i = 0; i < lines.size(); i++) {
      legend
          .append("<span style=\"color:")
          .append(COLORS.get(i % COLORS.size()))
          .append("\">\u25cf ")
          .append(Html.text(lines.get(i).name()))
          .append("</span> ");
    }
    return legend.append("</p>\n").toString();
  }
}
