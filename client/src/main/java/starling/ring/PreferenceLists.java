package starling.ring;

import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;
import java.util.UUID;

/**
 * The preference lists of all partitions for one number of replicas, laid out flat so that a lookup
 * is an index into an array. All lists have the same length: n, or the number of nodes that own
 * tokens if that is smaller. Immutable; made by {@link Ring#preferenceLists}.
 */
public final class PreferenceLists {
  private final int width;
  private final int[] nodes;
  private final UUID[] ids;

  PreferenceLists(int width, int[] nodes, UUID[] ids) {
    this.width = width;
    this.nodes = nodes;
    this.ids = ids;
  }

  /** How many replicas every partition has. */
  public int width() {
    return width;
  }

  /** The node (its index in {@link Ring#nodes()}) that stands at {@code place} in the list. */
  public int node(int partition, int place) {
    return nodes[at(partition, place)];
  }

  /** The id of the node that stands at {@code place} in the list of a partition. */
  public UUID id(int partition, int place) {
    return ids[at(partition, place)];
  }

  /** Whether a node (by index) is in the list of a partition. */
  public boolean contains(int partition, int node) {
    for (int place = 0; place < width; place++) {
      if (nodes[partition * width + place] == node) {
        return true;
      }
    }
    return false;
  }

  /** The list of a partition, most preferred first: an immutable view. */
  public List<UUID> ids(int partition) {
    return new View(partition);
  }

  private int at(int partition, int place) {
    if (place < 0 || place >= width) {
      throw new IndexOutOfBoundsException("place " + place + " of a list of " + width);
    }
    return partition * width + place;
  }

  private final class View extends AbstractList<UUID> implements RandomAccess {
    private final int partition;

    View(int partition) {
      this.partition = partition;
    }

    @Override
    public UUID get(int place) {
      return id(partition, place);
    }

    @Override
    public int size() {
      return width;
    }
  }
}
