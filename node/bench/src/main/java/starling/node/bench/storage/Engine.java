package starling.node.bench.storage;

import java.io.Closeable;
import org.jspecify.annotations.Nullable;
import starling.node.storage.Completion;
import starling.node.storage.Key;

/**
 * An open store, as little of it as a comparison needs. Called by the client's thread alone, on
 * which puts are also completed, in a later turn of its loop.
 */
interface Engine extends Closeable {
  /** Puts, and completes when the put is as durable as the engine was opened for. */
  void put(Key key, byte[] value, Completion done);

  /** The newest value; waits for it. */
  byte @Nullable [] get(Key key) throws Exception;
}
