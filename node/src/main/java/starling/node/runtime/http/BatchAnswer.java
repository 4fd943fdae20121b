package starling.node.runtime.http;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import starling.node.request.ReadOutcome;
import starling.node.request.Rejection;
import starling.node.request.WriteOutcome;
import starling.wire.ProblemKind;

/**
 * The results of a batch, in the order of its operations. Each has the fields of the body that a
 * single request would get, its {@code status}, and {@code etag} in place of the header.
 *
 * <p>A result is written when its operation ends, so that the values of a batch are held once. They
 * count among the answers that wait for their sockets. A value for which there is no room is
 * replaced by a rejection, and the others stay.
 */
final class BatchAnswer {
  /** The longest answer; the smallest results are not counted. */
  static final int MAX_BYTES = 32 << 20;

  private static final int SMALL_BYTES = 512;
  private static final byte[] BEGIN = "{\"results\":[".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] END = "]}".getBytes(StandardCharsets.US_ASCII);

  private final BatchBody batch;
  private final String requestId;
  private final Bodies bodies;
  private final byte[] @Nullable [] results;
  private long bytes;
  private long reserved;

  BatchAnswer(BatchBody batch, String requestId, Bodies bodies) {
    this.batch = batch;
    this.requestId = requestId;
    this.bodies = bodies;
    this.results = new byte[batch.size()][];
  }

  BatchBody batch() {
    return batch;
  }

  void read(int executedIndex, ReadOutcome outcome) {
    int place = batch.place(executedIndex);
    StoreKey key = batch.key(place);
    byte[] result;
    if (outcome instanceof ReadOutcome.Found found) {
      int expected = Envelopes.expectedBytes(key.bytes(), found);
      result = hasRoom(expected) ? found(key, found, expected) : rejected(noRoom(), false);
    } else if (outcome instanceof ReadOutcome.Missing missing) {
      result = ReadAnswers.missing(key, missing, requestId).body();
    } else {
      result = rejected(((ReadOutcome.Rejected) outcome).rejection(), false);
    }
    put(place, result);
  }

  void write(int executedIndex, boolean delete, WriteOutcome outcome) {
    int place = batch.place(executedIndex);
    put(
        place,
        outcome instanceof WriteOutcome.Written written
            ? written(batch.key(place), delete, written)
            : rejected(((WriteOutcome.Rejected) outcome).rejection(), true));
  }

  private void put(int place, byte[] result) {
    results[place] = result;
    bytes += result.length;
  }

  private boolean hasRoom(long expected) {
    if (expected <= SMALL_BYTES) {
      return true;
    }
    if (bytes + expected > MAX_BYTES || !bodies.reserve(expected)) {
      return false;
    }
    reserved += expected;
    return true;
  }

  private static Rejection noRoom() {
    return Rejection.of(
        ProblemKind.OVERLOADED,
        "this value has no room in the answer of the batch, which has at most "
            + MAX_BYTES
            + " bytes: read the key in another request");
  }

  private byte[] rejected(Rejection rejection, boolean write) {
    return Problems.of(rejection, requestId, write).body();
  }

  private static byte[] found(StoreKey key, ReadOutcome.Found found, int expected) {
    int status = found.values().size() > 1 ? 300 : 200;
    JsonText json = new JsonText(expected).openObject().field("status", status);
    return Envelopes.fields(json, key.text(), found)
        .field("etag", EntityTags.tag(found.versionHash(), Representation.ENVELOPE))
        .closeObject()
        .toBytes();
  }

  private static byte[] written(StoreKey key, boolean delete, WriteOutcome.Written written) {
    JsonText json = new JsonText(256).openObject().field("status", delete ? 204 : 201);
    if (!delete) {
      json.field("message", "stored");
    }
    json.field("key", key.text()).field("context", written.context());
    if (!delete && written.versionHash() != WriteOutcome.Written.UNNAMED) {
      json.field("etag", EntityTags.tag(written.versionHash(), Representation.ENVELOPE));
    }
    return json.closeObject().toBytes();
  }

  /** The whole answer; ends the reservation, since the answer counts itself. */
  ApiResponse whole() {
    for (int place = 0; place < results.length; place++) {
      if (results[place] == null) {
        Rejection rejection = batch.rejected(place);
        put(place, rejected(rejection == null ? lost() : rejection, batch.writes(place)));
      }
    }
    bodies.release(reserved);
    reserved = 0;
    byte[] whole =
        new byte[Math.toIntExact(BEGIN.length + bytes + (results.length - 1) + END.length)];
    int at = append(whole, 0, BEGIN);
    for (int place = 0; place < results.length; place++) {
      if (place > 0) {
        whole[at++] = ',';
      }
      at = append(whole, at, Objects.requireNonNull(results[place]));
      results[place] = null;
    }
    int unused = append(whole, at, END);
    return new ApiResponse(200, ApiResponse.JSON, whole);
  }

  private static int append(byte[] whole, int at, byte[] more) {
    System.arraycopy(more, 0, whole, at, more.length);
    return at + more.length;
  }

  /** An error inside the node has ended the operation without an outcome. */
  private static Rejection lost() {
    return Rejection.perhaps(ProblemKind.INTERNAL, Rejection.ERROR_INSIDE);
  }
}
