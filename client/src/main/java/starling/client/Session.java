package starling.client;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Read your writes, and monotonic reads, for the calls of bucket handles made by {@link
 * Bucket#in(Session)}: a read answers with a state that has seen every earlier write and read of
 * the session under its key, or fails with {@link BehindException}. A write replaces what the
 * session has seen of its key, so that what another client wrote meanwhile becomes a sibling.
 *
 * <pre>{@code
 * Session session = starling.session();
 * starling.bucket("names", Codecs.text()).in(session).blocking().put("ada", "Ada Byron");
 * Session continued = starling.session(session.token()); // perhaps in another process
 * Bucket<String> names = starling.bucket("names", Codecs.text()).in(continued);
 * System.out.println("she sees " + names.blocking().get("ada").value());
 * }</pre>
 *
 * <p>A session remembers the contexts of 1,000 keys; the keys that were used least recently leave
 * first, and lose the guarantee. Of calls on one key that run at the same time, the write that ends
 * last counts. Thread-safe.
 */
public final class Session {
  /** How many keys a session remembers. */
  public static final int MAX_KEYS = 1000;

  private static final int VERSION = 1;

  /** Under this lock nothing waits. */
  private final Map<Place, Seen> seen =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, Seen> eldest) {
          return size() > MAX_KEYS;
        }
      };

  private long count;

  private record Place(String bucket, String key) {}

  /**
   * What the session has seen of a key.
   *
   * @param number distinguishes it from what is seen later
   */
  record Seen(Context context, long number) {}

  Session() {}

  /**
   * Reads a token.
   *
   * @throws InvalidRequestException if it is none
   */
  static Session of(String token) {
    Session session = new Session();
    try (DataInputStream in =
        new DataInputStream(new ByteArrayInputStream(Base64.getUrlDecoder().decode(token)))) {
      if (in.readUnsignedByte() != VERSION) {
        throw new IOException("another version");
      }
      int keys = in.readUnsignedShort();
      for (int i = 0; i < keys; i++) {
        session.saw(in.readUTF(), in.readUTF(), new Context(in.readUTF()), null, true);
      }
      if (in.read() >= 0) {
        throw new IOException("more bytes than keys");
      }
    } catch (IOException | IllegalArgumentException e) {
      throw InvalidRequestException.before(
          "token", "the token is not one that Session.token() made, or it was cut off", e);
    }
    return session;
  }

  /**
   * The session as a text that another process can continue from; base64url, and about as long as
   * the keys and contexts in it. It is not signed: take it only from where you would take a
   * context.
   */
  public String token() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      synchronized (seen) {
        out.writeByte(VERSION);
        out.writeShort(seen.size());
        for (Map.Entry<Place, Seen> entry : seen.entrySet()) {
          out.writeUTF(entry.getKey().bucket);
          out.writeUTF(entry.getKey().key);
          out.writeUTF(entry.getValue().context.text());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.toByteArray());
  }

  @Nullable Seen seen(String bucket, String key) {
    synchronized (seen) {
      return seen.get(new Place(bucket, key));
    }
  }

  /**
   * A call has ended.
   *
   * @param before what was seen when the call began: a read that something overtook is forgotten
   */
  void saw(String bucket, String key, Context context, @Nullable Seen before, boolean write) {
    if (context.text().isEmpty()) {
      return;
    }
    Place place = new Place(bucket, key);
    synchronized (seen) {
      Seen present = seen.get(place);
      boolean overtaken = present != null && (before == null || present.number != before.number);
      if (write || !overtaken) {
        seen.put(place, new Seen(context, ++count));
      }
    }
  }

  /** What the session has seen of the key is on lost disks. */
  void forget(String bucket, String key) {
    synchronized (seen) {
      seen.remove(new Place(bucket, key));
    }
  }
}
