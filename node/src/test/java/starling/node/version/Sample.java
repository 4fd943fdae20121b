package starling.node.version;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** Small values for tests: actors by number, JSON contents by text. */
final class Sample {
  private Sample() {}

  static Actor actor(int number) {
    return new Actor(number * 0x9E3779B97F4A7C15L, number);
  }

  static Dot dot(int actor, long counter) {
    return new Dot(actor(actor), counter);
  }

  static Content json(String text) {
    return Content.json(text.getBytes(StandardCharsets.UTF_8));
  }

  static Version version(int actor, long counter, String text) {
    return new Version(dot(actor, counter), json(text));
  }

  static Version tombstone(int actor, long counter) {
    return new Version(dot(actor, counter), Content.tombstone());
  }

  /** What a key holds after one write by one who had seen nothing. */
  static Siblings set(int actor, long counter, String text) {
    return Siblings.EMPTY.write(Past.EMPTY, version(actor, counter, text));
  }

  static List<String> texts(Siblings set) {
    return set.values().stream()
        .map(version -> new String(version.content().bytes(), StandardCharsets.UTF_8))
        .sorted()
        .toList();
  }
}
