package starling.client;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import starling.wire.StorePaths;

/** The listings of a bucket. */
record Listings<T>(
    Core core,
    SpecMaker.Place place,
    Codec<T> codec,
    @Nullable Resolver<T> resolver,
    Behavior behavior) {

  private static final String WHAT = "a listing";
  static final int MAX_LIMIT = 10_000;
  private static final int KEYS = 1_000;

  /** Pages of values grow and shrink towards this length. */
  private static final int PAGE_BYTES = 1 << 20;

  private static final int FIRST_ENTRIES = 16;
  private static final int MAX_ENTRIES = 1_000;

  CompletableFuture<Page<Key>> keys(String prefix, int limit, @Nullable Cursor cursor) {
    if (limit < 1 || limit > MAX_LIMIT) {
      throw InvalidRequestException.before(
          "limit", "a page has 1 to " + MAX_LIMIT + " keys, not " + limit);
    }
    CallSpec spec = core.specs().list(place, target(prefix, limit, cursor), false, behavior);
    return core.start(
        spec, (answer, attempts) -> AnswerBody.read(WHAT, answer, attempts, Listings::keyPage));
  }

  Listing<Key> keys(String prefix) {
    return new Listing<>(core.engine(), cursor -> Core.guarded(() -> keys(prefix, KEYS, cursor)));
  }

  Listing<Reading<T>> entries(String prefix) {
    AtomicInteger limit = new AtomicInteger(FIRST_ENTRIES);
    return new Listing<>(
        core.engine(), cursor -> Core.guarded(() -> entries(prefix, limit, cursor)));
  }

  private CompletableFuture<Page<Reading<T>>> entries(
      String prefix, AtomicInteger limit, @Nullable Cursor cursor) {
    String target = target(prefix, limit.get(), cursor) + "values=true&";
    return core.start(
        core.specs().list(place, target, true, behavior),
        (answer, attempts) -> {
          Page<Reading<T>> page =
              AnswerBody.read(WHAT, answer, attempts, body -> entryPage(body, attempts));
          if (!page.items().isEmpty()) {
            long each = 1L + answer.body.length / page.items().size();
            limit.set((int) Math.max(1, Math.min(MAX_ENTRIES, PAGE_BYTES / each)));
          }
          return page;
        });
  }

  private String target(String prefix, int limit, @Nullable Cursor cursor) {
    StringBuilder target =
        new StringBuilder(StorePaths.store(place.bucket())).append("?limit=").append(limit);
    if (!prefix.isEmpty()) {
      target.append("&prefix=").append(SpecMaker.encoded(prefix));
    }
    if (cursor != null) {
      target.append("&cursor=").append(SpecMaker.encoded(cursor.text()));
    }
    return target.append('&').toString();
  }

  private static Page<Key> keyPage(byte[] body) throws IOException {
    List<Key> keys = new ArrayList<>();
    Cursor cursor = null;
    Boolean complete = null;
    try (JsonParser parser = Json.FACTORY.createParser(body)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        switch (name) {
          case "keys" -> {
            while (parser.nextToken() == JsonToken.VALUE_STRING) {
              keys.add(Key.of(parser.getText()));
            }
          }
          case "cursor" -> cursor = new Cursor(parser.getValueAsString(""));
          case "complete" -> complete = parser.getValueAsBoolean();
          default -> parser.skipChildren();
        }
      }
    }
    return page(keys, cursor, complete);
  }

  private static <E> Page<E> page(
      List<E> items, @Nullable Cursor cursor, @Nullable Boolean complete) throws IOException {
    if (complete == null) {
      throw new IOException("it does not say whether it is complete");
    }
    return new Page<>(items, cursor, complete);
  }

  private Page<Reading<T>> entryPage(byte[] body, Attempts attempts) throws IOException {
    List<Reading<T>> readings = new ArrayList<>();
    Cursor cursor = null;
    Boolean complete = null;
    try (JsonParser parser = Json.FACTORY.createParser(body)) {
      while (parser.nextToken() == JsonToken.START_OBJECT) {
        BatchResults.Result line = BatchResults.result(parser, body);
        String key = line.key();
        if (key != null) {
          readings.add(
              Readings.ofValues(
                  place.bucket(),
                  Key.of(key),
                  codec,
                  resolver,
                  line.answer(),
                  line.values(),
                  attempts));
        } else if (line.cursor() != null) {
          cursor = new Cursor(line.cursor());
        } else if (line.complete() != null) {
          complete = line.complete();
        }
      }
    }
    return page(readings, cursor, complete);
  }
}
