package starling.client;

import org.jspecify.annotations.Nullable;

/** What {@code update} does to a value. Runs on the client's thread, so it must not wait. */
public interface Change<T> {
  /**
   * The new value. An equal value writes nothing.
   *
   * @param current the value, resolved; null where the key is absent
   * @return the new value; null writes nothing where the key is absent, and is an error elsewhere
   */
  @Nullable T apply(@Nullable T current);
}
