package starling.client;

import io.vertx.core.Vertx;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.TrustOptions;
import java.util.function.Function;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * The present files of a {@link Tls} as Vert.x takes them. Vert.x keeps the context that it makes
 * of equal options, and these equal themselves only: connections of the same files share a context,
 * and files that were read later get another. Owned by the client's thread.
 */
final class VertxTls {
  private final Tls tls;
  private @Nullable TlsFiles files;
  private ClientSSLOptions options = new ClientSSLOptions();

  VertxTls(Tls tls) {
    this.tls = tls;
  }

  /** For the next connection. */
  ClientSSLOptions options() {
    TlsFiles present = tls.files();
    if (!present.equals(files)) {
      files = present;
      options = new ClientSSLOptions().setHostnameVerificationAlgorithm("HTTPS");
      TrustManagerFactory trust = present.trust();
      if (trust != null) {
        options.setTrustOptions(new Trust(trust));
      }
      KeyManagerFactory keys = present.keys();
      if (keys != null) {
        options.setKeyCertOptions(new Keys(keys));
      }
    }
    return options;
  }

  private static final class Trust implements TrustOptions {
    private final TrustManagerFactory factory;

    Trust(TrustManagerFactory factory) {
      this.factory = factory;
    }

    @Override
    public TrustOptions copy() {
      return this;
    }

    @Override
    public TrustManagerFactory getTrustManagerFactory(Vertx vertx) {
      return factory;
    }

    @Override
    public Function<String, TrustManager @Nullable []> trustManagerMapper(Vertx vertx) {
      return serverName -> null;
    }
  }

  private static final class Keys implements KeyCertOptions {
    private final KeyManagerFactory factory;

    Keys(KeyManagerFactory factory) {
      this.factory = factory;
    }

    @Override
    public KeyCertOptions copy() {
      return this;
    }

    @Override
    public KeyManagerFactory getKeyManagerFactory(Vertx vertx) {
      return factory;
    }

    @Override
    public Function<String, @Nullable KeyManagerFactory> keyManagerFactoryMapper(Vertx vertx) {
      return serverName -> null;
    }
  }
}
