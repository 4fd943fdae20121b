package starling.client;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Certificates and keys in files of PEM (RFC 7468). */
final class Pem {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

  private static final long MAX_BYTES = 4 << 20;

  private Pem() {}

  private record Block(String label, String base64) {
    byte[] der(String file) throws IOException {
      try {
        return Base64.getMimeDecoder().decode(base64);
      } catch (IllegalArgumentException e) {
        throw new IOException("what " + file + " has as " + label + " is no base64", e);
      }
    }
  }

  /** The certificates of a file, at least one, in their order. */
  static List<X509Certificate> certificates(String file)
      throws IOException, GeneralSecurityException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<X509Certificate> certificates = new ArrayList<>();
    for (Block block : blocks(file)) {
      if (block.label.equals("CERTIFICATE")) {
        byte[] der = block.der(file);
        try {
          certificates.add(
              (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der)));
        } catch (GeneralSecurityException e) {
          throw new IOException(
              "a certificate of " + file + " cannot be read: " + e.getMessage(), e);
        }
      }
    }
    if (certificates.isEmpty()) {
      throw new IOException(file + " has no certificate in PEM");
    }
    return certificates;
  }

  /**
   * The key of a file, in PKCS 8 without a password.
   *
   * @param algorithm of the certificate's key
   */
  static PrivateKey key(String file, String algorithm)
      throws IOException, GeneralSecurityException {
    for (Block block : blocks(file)) {
      if (block.label.equals("PRIVATE KEY")) {
        byte[] der = block.der(file);
        try {
          return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
        } catch (GeneralSecurityException e) {
          throw new IOException(
              "the key of " + file + " is no " + algorithm + " key, as its certificate's is", e);
        }
      }
      if (block.label.endsWith("PRIVATE KEY")) {
        throw new IOException(
            file
                + " has a key of the form '"
                + block.label
                + "'; `openssl pkcs8 -topk8 -nodes -in OLD -out NEW` converts it");
      }
    }
    throw new IOException(file + " has no private key in PEM");
  }

  private static List<Block> blocks(String file) throws IOException {
    Path path;
    try {
      path = Path.of(file);
    } catch (InvalidPathException e) {
      throw new IOException("'" + file + "' is no name of a file", e);
    }
    byte[] bytes;
    try {
      if (Files.size(path) > MAX_BYTES) {
        throw new IOException(file + " is longer than " + MAX_BYTES + " bytes");
      }
      bytes = Files.readAllBytes(path);
    } catch (NoSuchFileException e) {
      throw new IOException("there is no file " + file, e);
    }
    List<Block> blocks = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
    while (matcher.find()) {
      blocks.add(new Block(matcher.group(1), matcher.group(2)));
    }
    return blocks;
  }
}
