package starling.node.bench.storage;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import starling.node.storage.Completion;
import starling.node.storage.Durability;
import starling.node.storage.Key;
import starling.node.storage.AppendRejection;
import starling.node.storage.Storage;
import starling.node.storage.Stored;

/** Any store behind the node's own port, with one durability for all puts. */
final class PortEngine implements Engine {
  private final Storage storage;
  private final ClientLoop client;
  private final Durability durability;
  private final Closeable rest;

  private @Nullable Stored answer;
  private boolean answered;

  /**
   * @param rest what else there is to close, after the store
   */
  PortEngine(Storage storage, ClientLoop client, Durability durability, Closeable rest) {
    this.storage = storage;
    this.client = client;
    this.durability = durability;
    this.rest = rest;
  }

  @Override
  public void put(Key key, byte[] value, Completion done) {
    int partition = (int) (key.position() >>> 48);
    AppendRejection refused = storage.append(key, partition, key.position(), value, durability, done);
    if (refused != null) {
      throw new IllegalStateException("a put was refused: " + refused);
    }
  }

  @Override
  public byte @Nullable [] get(Key key) {
    answered = false;
    storage.read(
        key,
        stored -> {
          answer = stored;
          answered = true;
        });
    if (!answered) {
      client.runUntil(() -> answered);
    }
    return answer == null ? null : answer.set();
  }

  @Override
  public void close() throws IOException {
    boolean[] closed = {false};
    storage.close(() -> closed[0] = true);
    client.runUntil(() -> closed[0]);
    rest.close();
  }
}
