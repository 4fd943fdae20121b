package starling.node.storage.index;

import java.io.IOException;
import java.util.Comparator;
import org.mapdb.DataInput2;
import org.mapdb.DataOutput2;
import org.mapdb.serializer.GroupSerializerObjectArray;

/**
 * Entries of one width in sequence, for MapDB's sorted tables: a look-up reads only the words that
 * it compares and its value, and unpacks no node.
 */
abstract class FixedWidth<A> extends GroupSerializerObjectArray<A> {
  private final int bytes;

  private FixedWidth(int bytes) {
    this.bytes = bytes;
  }

  @Override
  public A valueArrayBinaryGet(DataInput2 input, int keysLen, int pos) throws IOException {
    input.setPos(input.getPos() + pos * bytes);
    return deserialize(input, bytes);
  }

  @Override
  public int fixedSize() {
    return bytes;
  }

  @Override
  public boolean isTrusted() {
    return true;
  }

  /** Position and fingerprint: 16 bytes. */
  static final class Keys extends FixedWidth<IndexKey> {
    Keys() {
      super(16);
    }

    @Override
    public void serialize(DataOutput2 out, IndexKey key) throws IOException {
      out.writeLong(key.position());
      out.writeLong(key.fingerprint());
    }

    @Override
    public IndexKey deserialize(DataInput2 input, int available) throws IOException {
      return new IndexKey(input.readLong(), input.readLong());
    }

    @Override
    @SuppressWarnings("rawtypes") // MapDB declares the type so.
    public int valueArrayBinarySearch(
        IndexKey key, DataInput2 input, int keysLen, Comparator comparator) throws IOException {
      int start = input.getPos();
      int low = 0;
      int high = keysLen - 1;
      int found = -1;
      while (low <= high && found < 0) {
        int middle = (low + high) >>> 1;
        input.setPos(start + middle * 16);
        int order =
            EntryCursor.compare(
                input.readLong(), input.readLong(), key.position(), key.fingerprint());
        if (order < 0) {
          low = middle + 1;
        } else if (order > 0) {
          high = middle - 1;
        } else {
          found = middle;
        }
      }
      // The values follow; the next read begins there.
      input.setPos(start + keysLen * 16);
      return found >= 0 ? found : -(low + 1);
    }
  }

  /** Location, length, version hash: 20 bytes. */
  static final class Places extends FixedWidth<Place> {
    Places() {
      super(20);
    }

    @Override
    public void serialize(DataOutput2 out, Place place) throws IOException {
      out.writeLong(place.location());
      out.writeInt(place.lengthAndMark());
      out.writeLong(place.versionHash());
    }

    @Override
    public Place deserialize(DataInput2 input, int available) throws IOException {
      return new Place(input.readLong(), input.readInt(), input.readLong());
    }
  }
}
