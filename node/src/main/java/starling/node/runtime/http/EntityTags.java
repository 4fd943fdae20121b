package starling.node.runtime.http;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import starling.wire.ProblemKind;

/**
 * The value of an {@code If-Match} or {@code If-None-Match} header, and the tags of answers. A tag
 * is strong and names the version and the representation: 16 hex digits of the version hash, a
 * dash, and the representation's letter.
 *
 * @param any whether the header was {@code *}
 * @param strong the strong tags, without quotes
 * @param weak the weak ones, without quotes
 */
record EntityTags(boolean any, List<String> strong, List<String> weak) {
  private static final int MAX_TAGS = 64;

  /** The tag of a version in a representation, quoted as a header wants it. */
  static String tag(long versionHash, Representation representation) {
    return '"' + bare(versionHash, representation) + '"';
  }

  private static String bare(long versionHash, Representation representation) {
    String hex = Long.toHexString(versionHash);
    return "0".repeat(16 - hex.length()) + hex + '-' + representation.mark();
  }

  /** Reads a header; null where it was not sent. */
  static @Nullable EntityTags parse(String name, @Nullable String header) {
    if (header == null) {
      return null;
    }
    String text = header.strip();
    if (text.equals("*")) {
      return new EntityTags(true, List.of(), List.of());
    }
    List<String> strong = new ArrayList<>();
    List<String> weak = new ArrayList<>();
    int i = skipEmpty(text, 0);
    while (i < text.length()) {
      boolean isWeak = text.startsWith("W/", i);
      int open = isWeak ? i + 2 : i;
      int close = open < text.length() ? text.indexOf('"', open + 1) : -1;
      if (close < 0 || text.charAt(open) != '"' || strong.size() + weak.size() == MAX_TAGS) {
        throw malformed(name);
      }
      (isWeak ? weak : strong).add(text.substring(open + 1, close));
      i = skipComma(name, text, close + 1);
    }
    if (strong.isEmpty() && weak.isEmpty()) {
      throw malformed(name);
    }
    return new EntityTags(false, strong, weak);
  }

  /** After a tag: the end, or a comma and the next tag. */
  private static int skipComma(String name, String text, int from) {
    int next = skipEmpty(text, from);
    if (next < text.length() && text.substring(from, next).indexOf(',') < 0) {
      throw malformed(name);
    }
    return next;
  }

  /** Skips commas and spaces: empty elements of a list mean nothing (RFC 9110, 5.6.1.2). */
  private static int skipEmpty(String text, int from) {
    int i = from;
    while (i < text.length() && " \t,".indexOf(text.charAt(i)) >= 0) {
      i++;
    }
    return i;
  }

  private static RequestRejected malformed(String name) {
    return new RequestRejected(
        ProblemKind.BAD_REQUEST, name, name + " must be * or a list of quoted entity tags");
  }

  /**
   * The versions that these tags name, in any representation. Foreign and weak tags name none, so
   * that a write conditioned on them alone never happens.
   */
  Set<Long> versions() {
    Set<Long> hashes = new LinkedHashSet<>();
    for (String tag : strong) {
      if (tag.matches("[0-9a-f]{16}-[elb]")) {
        hashes.add(Long.parseUnsignedLong(tag.substring(0, 16), 16));
      }
    }
    return hashes;
  }

  /** Whether a reader who sent these as {@code If-None-Match} has this representation already. */
  boolean has(long versionHash, Representation representation) {
    String bare = bare(versionHash, representation);
    return any || strong.contains(bare) || weak.contains(bare);
  }
}
