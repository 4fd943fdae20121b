package starling.client;

import org.jspecify.annotations.Nullable;

/** HTTP/1.1 over Vert.x sockets. */
final class VertxTransport extends Transport {
  private final @Nullable String localAddress;

  VertxTransport(@Nullable String localAddress) {
    this.localAddress = localAddress;
  }

  @Override
  Wire open(@Nullable Tls tls) {
    return new VertxWire(tls, localAddress);
  }
}
