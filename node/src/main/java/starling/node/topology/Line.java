package starling.node.topology;

import java.util.Comparator;
import java.util.UUID;
import starling.ring.RingNode;

/**
 * An unbroken log of ring records. The founding begins line 1, whose id is that of the cluster;
 * each {@code recover} begins the next. Where two lines meet, the greater one holds: the higher
 * number, and of two equal numbers the higher id.
 *
 * @param number 1 for the line of the founding, one more after each recovery
 * @param id the cluster's id for line 1, random for each later one
 */
public record Line(long number, UUID id) implements Comparable<Line> {
  private static final Comparator<Line> ORDER =
      Comparator.comparingLong(Line::number).thenComparing(Line::id, RingNode.ID_ORDER);

  public Line {
    if (number < 1) {
      throw new IllegalArgumentException("line " + number + ": lines are counted from 1");
    }
  }

  /** The line that a founder begins. */
  public static Line founding(UUID clusterId) {
    return new Line(1, clusterId);
  }

  @Override
  public int compareTo(Line other) {
    return ORDER.compare(this, other);
  }
}
