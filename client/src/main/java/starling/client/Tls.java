package starling.client;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * TLS to the nodes. Files are PEM. They are read when a client is built, and again by {@link
 * #reload}, for all clients with this object.
 *
 * @see Starling.Builder#tls(Tls)
 */
public final class Tls {
  private final @Nullable String ca;
  private final @Nullable String certificate;
  private final @Nullable String key;
  private volatile @Nullable TlsFiles files;

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

  /** The same with a client certificate, with those that link it to an authority, and its key. */
  public Tls withCertificate(String certificateFile, String keyFile) {
    return new Tls(ca, certificateFile, keyFile);
  }

  /** The file of trusted certificates; empty for those of the JDK. */
  public Optional<String> caFile() {
    return Optional.ofNullable(ca);
  }

  /** The file of the client's certificate, if it has one. */
  public Optional<String> certificateFile() {
    return Optional.ofNullable(certificate);
  }

  /** The file of the key of that certificate, in PKCS 8. */
  public Optional<String> keyFile() {
    return Optional.ofNullable(key);
  }

  /**
   * Reads the files again, in the thread of the caller. Connections that are made later use them;
   * the present ones go on.
   *
   * @throws InvalidRequestException if a file is missing or broken, or the key is not that of the
   *     certificate; what was read before then stays in use
   */
  public void reload() {
    files = TlsFiles.read(ca, certificate, key);
  }

  /** What was read last; read now if nothing was. */
  TlsFiles files() {
    TlsFiles known = files;
    if (known == null) {
      known = TlsFiles.read(ca, certificate, key);
      files = known;
    }
    return known;
  }
}
