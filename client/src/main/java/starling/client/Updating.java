package starling.client;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Read, change, write: two calls that end as one. */
final class Updating<T> {
  /** Writes a value in place of what was read. */
  interface Writer<T> {
    CompletableFuture<Written> write(Reading<T> before, Body body);
  }

  private final Change<T> change;
  private final Batch.Encoder<T> encoder;
  private final Writer<T> writer;
  private final Chained<Reading<T>> result;

  private Updating(
      Change<T> change, Batch.Encoder<T> encoder, Writer<T> writer, Chained<Reading<T>> result) {
    this.change = change;
    this.encoder = encoder;
    this.writer = writer;
    this.result = result;
  }

  static <T> CompletableFuture<Reading<T>> begin(
      Engine engine,
      CompletableFuture<Reading<T>> reading,
      Change<T> change,
      Batch.Encoder<T> encoder,
      Writer<T> writer) {
    Chained<Reading<T>> result = new Chained<>(engine, reading);
    Updating<T> updating = new Updating<>(change, encoder, writer, result);
    var unused =
        reading.whenComplete(
            (before, failure) -> {
              if (before == null) {
                result.finish(null, failure);
              } else if (!result.isDone()) {
                updating.continueWith(before);
              }
            });
    return result;
  }

  private void continueWith(Reading<T> before) {
    try {
      T current = before.orNull();
      T changed = changed(current);
      if (changed == null && current != null) {
        throw InvalidRequestException.before(
            "change", "a change returns a value; delete removes a key");
      }
      boolean siblings = before instanceof Reading.Siblings;
      if (changed == null || (changed.equals(current) && !siblings)) {
        result.finish(before, null);
        return;
      }
      Body body = encoder.encode(changed);
      CompletableFuture<Written> writing = writer.write(before, body);
      result.follow(writing);
      var unused =
          writing.whenComplete(
              (written, failure) ->
                  result.finish(
                      written == null ? null : after(before, changed, body.contentType(), written),
                      failure));
    } catch (Throwable e) {
      // Errors too: a future that never ends would hide them.
      result.finish(null, e);
    }
  }

  private @Nullable T changed(@Nullable T current) {
    try {
      return change.apply(current);
    } catch (RuntimeException e) {
      throw InvalidRequestException.before("change", "the change failed: " + e, e);
    }
  }

  private static <T> Reading<T> after(
      Reading<T> before, T value, String contentType, Written written) {
    Reading.Origin origin =
        new Reading.Origin(
            before.origin().bucket(),
            before.key(),
            written.context(),
            written.etag().orElse(null),
            written.attempts());
    return new Reading.Found<>(origin, new Version<>(value, contentType, null));
  }
}
