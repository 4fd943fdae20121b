package starling.node.bench.storage;

import java.util.List;
import java.util.Locale;

/**
 * Durable puts per second of one value size as an SVG picture: a panel for each depth, a bar for
 * each engine, each panel with its own scale beginning at nought, since depths lie far apart.
 * Engines that complete puts before they are durable are left out. Colours follow the reader's
 * light or dark scheme; fonts are the reader's own.
 */
final class PutsPicture {
  private static final int WIDTH = 820;
  private static final int LABEL = 210;
  private static final int FIGURE = 90;
  private static final int BAR = 18;
  private static final int GAP = 6;
  private static final int HEAD = 64;
  private static final int PANEL_HEAD = 30;

  private final StringBuilder svg = new StringBuilder();

  static String of(List<PutCell> cells, int valueBytes) {
    List<PutCell> shown =
        cells.stream().filter(c -> c.valueBytes() == valueBytes && c.engine().durable).toList();
    return new PutsPicture().draw(shown, valueBytes);
  }

  private String draw(List<PutCell> cells, int valueBytes) {
    List<Integer> depths = cells.stream().map(PutCell::inFlight).distinct().toList();
    int height = HEAD + depths.size() * PANEL_HEAD + cells.size() * (BAR + GAP) + 12;
    add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\""
            + " height=\"%d\" role=\"img\" aria-label=\"Durable puts per second by engine\">",
        WIDTH, height, WIDTH, height);
    add(
        "<style>text{font:13px system-ui,sans-serif;fill:#1f2328}.t{font-size:17px;font-weight:600}"
            + ".s,.f{fill:#59636e}.d{font-weight:600}.o{fill:#0969da}.r{fill:#afb8c1}"
            + "@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.s,.f{fill:#9198a1}"
            + ".o{fill:#4493f8}.r{fill:#57606a}}</style>");
    add("<text class=\"t\" x=\"12\" y=\"26\">Durable puts per second</text>");
    add(
        "<text class=\"s\" x=\"12\" y=\"47\">%s values, group commit, every put fsynced before it"
            + " is acknowledged; higher is better</text>",
        MarkdownReport.bytes(valueBytes));
    int y = HEAD;
    for (int depth : depths) {
      y = panel(cells.stream().filter(c -> c.inFlight() == depth).toList(), depth, y);
    }
    add("</svg>");
    return svg.toString();
  }

  private int panel(List<PutCell> cells, int depth, int top) {
    add("<text class=\"d\" x=\"12\" y=\"%d\">%d in flight</text>", top + 18, depth);
    double most = cells.stream().mapToDouble(PutsPicture::perSecond).max().orElse(1);
    int y = top + PANEL_HEAD;
    for (PutCell cell : cells) {
      double width = (WIDTH - LABEL - FIGURE) * perSecond(cell) / most;
      boolean own = cell.engine() == EngineKind.STARLING;
      add(
          "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>",
          LABEL - 8, y + 14, cell.engine().label);
      add(
          "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>",
          own ? "o" : "r", LABEL, y, Math.max(1, width), BAR);
      add(
          "<text class=\"f\" x=\"%.1f\" y=\"%d\">%,.0f</text>",
          LABEL + width + 6, y + 14, perSecond(cell));
      y += BAR + GAP;
    }
    return y;
  }

  private static double perSecond(PutCell cell) {
    return cell.median(ClosedLoop.Outcome::putsPerSecond);
  }

  private void add(String format, Object... arguments) {
    svg.append(arguments.length == 0 ? format : String.format(Locale.ROOT, format, arguments));
    svg.append('\n');
  }
}
