package starling.node.runtime.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Large JSON bodies as a stranger would choose them: one object of very many fields. */
final class LargeBodies {
  private static final int BYTES = 666_000;

  private LargeBodies() {}

  /** A body of about 666,000 bytes, whose value is an object with these names. */
  static byte[] of(List<String> names) {
    StringBuilder body = new StringBuilder("{\"value\":{");
    for (String name : names) {
      if (body.length() > BYTES) {
        break;
      }
      body.append('"').append(name).append("\":1,");
    }
    body.setCharAt(body.length() - 1, '}');
    return body.append('}').toString().getBytes(StandardCharsets.US_ASCII);
  }

  static List<String> ordinaryNames() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < BYTES / 10; i++) {
      names.add("name" + i);
    }
    return names;
  }

  /** All of one {@code String.hashCode()}. */
  static List<String> namesOfOneStringHash() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 1 << 15; i++) {
      StringBuilder name = new StringBuilder();
      for (int bit = 0; bit < 15; bit++) {
        name.append((i >> bit & 1) == 0 ? "Aa" : "BB");
      }
      names.add(name.toString());
    }
    return names;
  }

  /**
   * Names of eight characters that a well-known parser puts into one chain of its table of names,
   * whatever its seed: of two words of four bytes it takes {@code x = a + (a >>> 15)} and {@code (x
   * ^ x >>> 9) + 33 * b} before the seed.
   */
  static List<String> namesOfOneQuadHash() {
    List<String> names = new ArrayList<>();
    for (int i = 0; names.size() < BYTES / 12; i++) {
      int b = 0;
      for (int rest = i, place = 0; place < 4; place++, rest /= 90) {
        b = b << 8 | '#' + rest % 90;
      }
      int mixed = 0x51525354 - 33 * b;
      int x = mixed ^ mixed >>> 9 ^ mixed >>> 18 ^ mixed >>> 27;
      int a = x;
      for (int step = 0; step < 4; step++) {
        a = x - (a >>> 15);
      }
      StringBuilder name = new StringBuilder();
      for (int shift = 24; shift >= 0; shift -= 8) {
        name.append((char) (a >>> shift & 0xff));
      }
      for (int shift = 24; shift >= 0; shift -= 8) {
        name.append((char) (b >>> shift & 0xff));
      }
      if (name.chars().allMatch(c -> c >= '#' && c < 0x7f && c != '\\')) {
        names.add(name.toString());
      }
    }
    return names;
  }
}
