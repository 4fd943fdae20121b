package starling.node.version;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Makes a past small enough for a context by claiming less. It leaves out whole vector entries and
 * single dots, and lowers none. Entries that cover the present siblings stay longest (without them
 * the client's next write could not replace what it has just read), then the newest ones.
 *
 * <p>Claiming less is always safe: an event that the context does not claim is not replaced by the
 * next write and remains as its sibling. Claiming more would drop values that no client has seen.
 */
final class ContextCut {
  private ContextCut() {}

  private record Piece(Dot dot, boolean fromVector, boolean standing) {}

  /** Those of present siblings first, then by (counter, actor), newest first. */
  private static final Comparator<Piece> WORTH =
      Comparator.comparing((Piece piece) -> !piece.standing())
          .thenComparing(Piece::dot, Dot.BY_COUNTER.reversed());

  /** The most valuable part of the past, of this many entries and dots. */
  static Past mostWorth(Past past, List<Dot> standing, int most) {
    List<Piece> pieces = new ArrayList<>();
    VersionVector vector = past.vector();
    for (int i = 0; i < vector.size(); i++) {
      Dot top = new Dot(vector.actor(i), vector.counterAt(i));
      pieces.add(new Piece(top, true, coversAny(top, standing)));
    }
    for (Dot dot : past.dots()) {
      pieces.add(new Piece(dot, false, standing.contains(dot)));
    }
    pieces.sort(WORTH);
    List<Dot> entries = new ArrayList<>();
    List<Dot> dots = new ArrayList<>();
    for (Piece piece : pieces.subList(0, Math.min(most, pieces.size()))) {
      (piece.fromVector() ? entries : dots).add(piece.dot());
    }
    return new Past(VersionVector.of(entries), dots);
  }

  private static boolean coversAny(Dot top, List<Dot> standing) {
    for (Dot dot : standing) {
      if (dot.actor().equals(top.actor()) && dot.counter() <= top.counter()) {
        return true;
      }
    }
    return false;
  }
}
