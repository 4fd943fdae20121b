package starling.client;

import org.jspecify.annotations.Nullable;

/** HTTP/1.1 over the JDK's client. */
final class JdkTransport extends Transport {
  @Override
  Wire open(@Nullable Tls tls) {
    return new JdkWire(tls);
  }
}
