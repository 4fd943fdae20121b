package starling.client;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The operations of one request: 1 to 1,000, of together at most 8 MiB. Filled by the lambda of
 * {@link Bucket#batch}, and of no use after that.
 */
public final class Batch<T> {
  /** The most operations of a batch. */
  public static final int MAX_OPERATIONS = 1000;

  /**
   * One operation.
   *
   * @param value null for a get and a delete
   * @param context null where the operation names none
   */
  record Entry(Operation operation, Key key, @Nullable Body value, @Nullable Context context) {}

  /** Encodes a value. */
  interface Encoder<T> {
    Body encode(T value);
  }

  private final String bucket;
  private final Encoder<T> encoder;
  private final List<Entry> entries = new ArrayList<>();

  Batch(String bucket, Encoder<T> encoder) {
    this.bucket = bucket;
    this.encoder = encoder;
  }

  /** Reads a key; its result is a {@link Reading}. */
  public Batch<T> get(String key) {
    return get(Key.of(key));
  }

  /** The same. */
  public Batch<T> get(Key key) {
    return add(new Entry(Operation.GET, key, null, null));
  }

  /** Writes a value in place of what the write's quorum holds; its result is a {@link Written}. */
  public Batch<T> put(String key, T value) {
    return add(new Entry(Operation.PUT, Key.of(key), encoder.encode(value), null));
  }

  /** Writes a value in place of exactly what was read. */
  public Batch<T> put(Reading<?> reading, T value) {
    return add(
        new Entry(Operation.PUT, own(reading).key(), encoder.encode(value), reading.context()));
  }

  /** Deletes a key; its result is a {@link Written}. */
  public Batch<T> delete(String key) {
    return add(new Entry(Operation.DELETE, Key.of(key), null, null));
  }

  /** Deletes exactly what was read. */
  public Batch<T> delete(Reading<?> reading) {
    return add(new Entry(Operation.DELETE, own(reading).key(), null, reading.context()));
  }

  private Reading<?> own(Reading<?> reading) {
    return reading.of(bucket);
  }

  private Batch<T> add(Entry entry) {
    if (entries.size() == MAX_OPERATIONS) {
      throw InvalidRequestException.before(
          "operations", "a batch has at most " + MAX_OPERATIONS + " operations");
    }
    entries.add(entry);
    return this;
  }

  List<Entry> entries() {
    return List.copyOf(entries);
  }
}
