package starling.gossip.detector;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A small line chart as SVG: seconds over the number of members, on a logarithmic axis. */
final class Plot {
  private static final int WIDTH = 670;
  private static final int HEIGHT = 360;
  private static final int LEFT = 50;
  private static final int RIGHT = 240;
  private static final int TOP = 30;
  private static final int BOTTOM = 40;
  private static final List<String> COLOURS =
      List.of("#888888", "#888888", "#d95f02", "#d95f02", "#1b6ca8", "#1b6ca8");

  private record Line(String title, List<double[]> points) {}

  private final String title;
  private final double maxSeconds;
  private final List<Line> lines = new ArrayList<>();

  Plot(String title, double maxSeconds) {
    this.title = title;
    this.maxSeconds = maxSeconds;
  }

  /** Adds a line; of each two, the second is dashed. */
  void line(String name, List<double[]> points) {
    lines.add(new Line(name, points));
  }

  String svg() {
    StringBuilder out = new StringBuilder();
    out.append(
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
                + " font-size=\"12\">%n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n"
                + "<text x=\"%d\" y=\"18\" font-size=\"13\">%s</text>%n",
            WIDTH,
            HEIGHT,
            LEFT,
            title));
    for (int seconds = 0; seconds <= maxSeconds; seconds += maxSeconds > 12 ? 5 : 2) {
      out.append(
          String.format(
              Locale.ROOT,
              "<path d=\"M%d %.1fH%d\" stroke=\"#dddddd\"/><text x=\"%d\" y=\"%.1f\""
                  + " text-anchor=\"end\">%d s</text>%n",
              LEFT,
              y(seconds),
              WIDTH - RIGHT,
              LEFT - 6,
              y(seconds) + 4,
              seconds));
    }
    for (int members : new int[] {5, 50, 500, 1_000}) {
      out.append(
          String.format(
              Locale.ROOT,
              "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%,d</text>%n",
              x(members),
              HEIGHT - BOTTOM + 16,
              members));
    }
    out.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">members</text>%n",
            (LEFT + WIDTH - RIGHT) / 2,
            HEIGHT - 8));
    for (int i = 0; i < lines.size(); i++) {
      draw(out, i, lines.get(i));
    }
    return out.append("</svg>\n").toString();
  }

  private void draw(StringBuilder out, int index, Line line) {
    StringBuilder path = new StringBuilder();
    for (double[] point : line.points) {
      path.append(path.length() == 0 ? 'M' : 'L');
      path.append(String.format(Locale.ROOT, "%.1f %.1f", x(point[0]), y(point[1])));
    }
    String style =
        String.format(
            Locale.ROOT,
            "stroke=\"%s\" stroke-width=\"2\" fill=\"none\"%s",
            COLOURS.get(index % COLOURS.size()),
            index % 2 == 1 ? " stroke-dasharray=\"5 4\"" : "");
    int row = TOP + 14 + 20 * index;
    out.append(
        String.format(
            Locale.ROOT,
            "<path d=\"%s\" %s/><path d=\"M%d %dh24\" %s/><text x=\"%d\" y=\"%d\">%s</text>%n",
            path,
            style,
            WIDTH - RIGHT + 12,
            row,
            style,
            WIDTH - RIGHT + 42,
            row + 4,
            line.title));
  }

  private static double x(double members) {
    double share = Math.log(members / 5) / Math.log(1_000 / 5.0);
    return LEFT + 12 + share * (WIDTH - LEFT - RIGHT - 24);
  }

  private double y(double seconds) {
    return HEIGHT - BOTTOM - seconds / maxSeconds * (HEIGHT - TOP - BOTTOM);
  }
}
