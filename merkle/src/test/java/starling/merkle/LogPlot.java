package starling.merkle;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A small line chart as SVG: bytes over differences, both on logarithmic axes. */
final class LogPlot {
  private static final int WIDTH = 700;
  private static final int HEIGHT = 400;
  private static final int LEFT = 60;
  private static final int RIGHT = 210;
  private static final int TOP = 30;
  private static final int BOTTOM = 40;
  private static final List<String> COLOURS =
      List.of("#1b6ca8", "#d95f02", "#7570b3", "#888888", "#222222");
  private static final List<String> UNITS =
      List.of("1 B", "10 B", "100 B", "1 kB", "10 kB", "100 kB", "1 MB", "10 MB", "100 MB");

  private final StringBuilder out = new StringBuilder();
  private final int mostX;
  private final int mostY;
  private int lines;

  /** Axes from 1 to 10^mostX and 10^mostY. */
  LogPlot(String title, String nameOfX, int mostX, int mostY) {
    this.mostX = mostX;
    this.mostY = mostY;
    out(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
            + " font-size=\"12\">%n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n"
            + "<text x=\"%d\" y=\"18\" font-size=\"13\">%s</text>%n",
        WIDTH, HEIGHT, LEFT, title);
    for (int power = 0; power <= mostY; power++) {
      double y = y(Math.pow(10, power));
      out(
          "<path d=\"M%d %.1fH%d\" stroke=\"#dddddd\"/><text x=\"%d\" y=\"%.1f\""
              + " text-anchor=\"end\">%s</text>%n",
          LEFT, y, WIDTH - RIGHT, LEFT - 6, y + 4, UNITS.get(power));
    }
    for (int power = 0; power <= mostX; power++) {
      out(
          "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%,d</text>%n",
          x(Math.pow(10, power)), HEIGHT - BOTTOM + 16, Math.round(Math.pow(10, power)));
    }
    out(
        "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>%n",
        (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, nameOfX);
  }

  /** Adds a line through points of (x, y), each at least 1. */
  void line(String name, List<double[]> points, boolean dashed) {
    List<String> path = new ArrayList<>();
    for (double[] each : points) {
      path.add(String.format(Locale.ROOT, "%.1f %.1f", x(each[0]), y(each[1])));
    }
    String style =
        String.format(
            Locale.ROOT,
            "stroke=\"%s\" stroke-width=\"2\" fill=\"none\"%s",
            COLOURS.get(lines % COLOURS.size()),
            dashed ? " stroke-dasharray=\"5 4\"" : "");
    int row = TOP + 14 + 20 * lines++;
    out(
        "<path d=\"M%s\" %s/><path d=\"M%d %dh24\" %s/><text x=\"%d\" y=\"%d\">%s</text>%n",
        String.join("L", path),
        style,
        WIDTH - RIGHT + 12,
        row,
        style,
        WIDTH - RIGHT + 42,
        row + 4,
        name);
  }

  String svg() {
    return out + "</svg>\n";
  }

  private void out(String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values));
  }

  private double x(double value) {
    return LEFT + 12 + Math.log10(value) / mostX * (WIDTH - LEFT - RIGHT - 24);
  }

  private double y(double value) {
    return HEIGHT - BOTTOM - Math.log10(value) / mostY * (HEIGHT - TOP - BOTTOM);
  }
}
