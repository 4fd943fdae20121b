package starling.client;

import org.jspecify.annotations.Nullable;

/** HTTP/1.1 over the JDK's client. */
final class JdkTransport extends Transport {
  @Override
  Wire open(@Nullable Tls tls) {
    if (tls != null) {
      throw InvalidRequestException.before(
          "tls", "the transport of the JDK takes no TLS files; use Transport.vertx()");
    }
    return new JdkWire();
  }
}
