package starling.loadgen.check;

import java.util.Set;
import java.util.TreeSet;
import starling.client.Reading;

/** The values of a verified workload: each names its key and the number of its write. */
final class Tokens {
  /** The number of a value that no client can have written under its key. */
  static final int FOREIGN = -1;

  private Tokens() {}

  static String text(KeyHistory history, int id) {
    return history.key() + "#" + id;
  }

  /** The number of the write, or {@link #FOREIGN}. */
  static int id(KeyHistory history, String value) {
    String prefix = history.key() + "#";
    if (!value.startsWith(prefix) || !value.substring(prefix.length()).matches("\\d{1,9}")) {
      return FOREIGN;
    }
    return Integer.parseInt(value.substring(prefix.length()));
  }

  /** The numbers of all values of a reading. */
  static Set<Integer> ids(KeyHistory history, Reading<String> reading) {
    Set<Integer> ids = new TreeSet<>();
    reading.values().forEach(value -> ids.add(id(history, value)));
    return ids;
  }
}
