package starling.node.main;

import java.util.List;

/** The known name that is nearest to a wrong one. */
final class Nearest {
  private Nearest() {}

  /** The name that takes the fewest changes of a letter to become this one; the first of equals. */
  static String of(String wrong, List<String> names) {
    String nearest = "";
    int fewest = Integer.MAX_VALUE;
    for (String name : names) {
      int changes = changes(wrong, name);
      if (changes < fewest) {
        fewest = changes;
        nearest = name;
      }
    }
    return nearest;
  }

  private static int changes(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] row = new int[b.length() + 1];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int same = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        row[j] = Math.min(Math.min(row[j - 1], previous[j]) + 1, previous[j - 1] + same);
      }
      previous = row;
    }
    return previous[b.length()];
  }
}
