package starling.client;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * TLS to the nodes. Files are PEM, and are read when the client is built.
 *
 * @see Starling.Builder#tls(Tls)
 */
public final class Tls {
  private final @Nullable String ca;
  private final @Nullable String certificate;
  private final @Nullable String key;

  private Tls(@Nullable String ca, @Nullable String certificate, @Nullable String key) {
    this.ca = ca;
    this.certificate = certificate;
    this.key = key;
  }

  /** TLS with the certificate authorities of the JDK. */
  public static Tls ofSystem() {
    return new Tls(null, null, null);
  }

  /** TLS with the certificate authorities of a file. */
  public static Tls of(String caFile) {
    return new Tls(caFile, null, null);
  }

  /** The same with a client certificate and its key (PKCS 8). */
  public Tls withCertificate(String certificateFile, String keyFile) {
    return new Tls(ca, certificateFile, keyFile);
  }

  public Optional<String> caFile() {
    return Optional.ofNullable(ca);
  }

  public Optional<String> certificateFile() {
    return Optional.ofNullable(certificate);
  }

  public Optional<String> keyFile() {
    return Optional.ofNullable(key);
  }
}
