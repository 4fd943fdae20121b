package starling.node.main;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Columns as wide as their widest cell, for people to read. */
final class Table {
  private final List<String[]> rows = new ArrayList<>();
  private int colouredColumn = -1;
  private Function<String, Colours> colours = text -> Colours.PLAIN;

  Table(String... heads) {
    rows.add(heads);
  }

  /** Colours the cells of one column by their texts. */
  Table coloured(int column, Function<String, Colours> byText) {
    colouredColumn = column;
    colours = byText;
    return this;
  }

  void row(String... cells) {
    rows.add(cells);
  }

  @Override
  public String toString() {
    int[] widths = new int[rows.get(0).length];
    for (String[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        widths[i] = Math.max(widths[i], row[i].length());
      }
    }
    List<String> lines = new ArrayList<>();
    for (String[] row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.length; i++) {
        boolean painted = i == colouredColumn && row != rows.get(0);
        line.append(painted ? colours.apply(row[i]).paint(row[i]) : row[i])
            .append(" ".repeat(widths[i] - row[i].length() + 2));
      }
      lines.add(line.toString().stripTrailing());
    }
    return String.join("\n", lines);
  }
}
