package starling.node.runtime.http;

import org.jspecify.annotations.Nullable;
import starling.wire.ProblemKind;

/**
 * A request target, split in two and otherwise unchanged. Characters are bytes here, as they came
 * over the wire.
 *
 * @param path up to the question mark, raw
 * @param query after it, raw; null without one
 */
record RequestTarget(String path, @Nullable String query) {

  /** Accepts the origin form and the absolute form of a target (RFC 9112, section 3.2). */
  static RequestTarget parse(String uri) {
    String target = fromPath(uri);
    if (target.indexOf('#') >= 0) {
      throw new RequestRejected(ProblemKind.BAD_REQUEST, "a request target has no fragment");
    }
    int mark = target.indexOf('?');
    return mark < 0
        ? new RequestTarget(target, null)
        : new RequestTarget(target.substring(0, mark), target.substring(mark + 1));
  }

  /** The target from its path on, without checks. */
  static String fromPath(String uri) {
    return uri.startsWith("/") ? uri : afterAuthority(uri);
  }

  private static String afterAuthority(String uri) {
    int scheme = uri.indexOf("://");
    if (scheme < 0) {
      return uri;
    }
    for (int i = scheme + 3; i < uri.length(); i++) {
      char c = uri.charAt(i);
      if (c == '/') {
        return uri.substring(i);
      }
      if (c == '?' || c == '#') {
        return '/' + uri.substring(i);
      }
    }
    return "/";
  }
}
