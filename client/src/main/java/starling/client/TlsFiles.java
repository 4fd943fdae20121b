package starling.client;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * What was read of the files of a {@link Tls}, checked: they are certificates and a key, and the
 * key is that of the certificate.
 *
 * @param trust null for the authorities of the JDK
 * @param keys null without a client certificate
 */
record TlsFiles(@Nullable TrustManagerFactory trust, @Nullable KeyManagerFactory keys) {
  private static final char[] NO_PASSWORD = new char[0];
  private static final byte[] SIGNED = {1, 2, 3};

  /**
   * Reads the files.
   *
   * @throws InvalidRequestException if one is missing or broken
   */
  static TlsFiles read(
      @Nullable String ca, @Nullable String certificate, @Nullable String keyFile) {
    try {
      TrustManagerFactory trust = ca == null ? null : trust(Pem.certificates(ca));
      if (certificate == null || keyFile == null) {
        return new TlsFiles(trust, null);
      }
      List<X509Certificate> chain = Pem.certificates(certificate);
      PublicKey proven = chain.get(0).getPublicKey();
      PrivateKey key = Pem.key(keyFile, proven.getAlgorithm());
      if (!belongs(key, proven)) {
        throw new IOException(
            keyFile + " is not the key of the first certificate of " + certificate);
      }
      return new TlsFiles(trust, keys(chain, key));
    } catch (IOException | GeneralSecurityException e) {
      throw InvalidRequestException.before(
          "tls", "the TLS files cannot be used: " + e.getMessage(), e);
    }
  }

  private static TrustManagerFactory trust(List<X509Certificate> authorities)
      throws IOException, GeneralSecurityException {
    KeyStore store = emptyStore();
    for (int i = 0; i < authorities.size(); i++) {
      store.setCertificateEntry("ca-" + i, authorities.get(i));
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    return trust;
  }

  private static KeyManagerFactory keys(List<X509Certificate> chain, PrivateKey key)
      throws IOException, GeneralSecurityException {
    KeyStore store = emptyStore();
    store.setKeyEntry("client", key, NO_PASSWORD, chain.toArray(new X509Certificate[0]));
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, NO_PASSWORD);
    return keys;
  }

  private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  /** Whether the public key confirms what the private key signs. */
  private static boolean belongs(PrivateKey key, PublicKey proven) throws GeneralSecurityException {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          case "EdDSA" -> "EdDSA";
          default -> "";
        };
    if (algorithm.isEmpty()) {
      // Of a kind that TLS hardly uses: the first handshake shows it.
      return true;
    }
    Signature signature = Signature.getInstance(algorithm);
    signature.initSign(key);
    signature.update(SIGNED);
    byte[] signed = signature.sign();
    signature.initVerify(proven);
    signature.update(SIGNED);
    return signature.verify(signed);
  }

  /** A context of its own, so that no session of older files is resumed. */
  SSLContext context() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          keys == null ? null : keys.getKeyManagers(),
          trust == null ? null : trust.getTrustManagers(),
          null);
      return context;
    } catch (GeneralSecurityException e) {
      throw InvalidRequestException.before("tls", "this JDK has no TLS: " + e.getMessage(), e);
    }
  }
}
