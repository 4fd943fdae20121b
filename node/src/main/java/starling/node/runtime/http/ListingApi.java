package starling.node.runtime.http;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import starling.node.request.ListOutcome;
import starling.node.request.ListOutcome.Entry;
import starling.node.request.ListOutcome.Page;
import starling.node.request.ListRequest;
import starling.node.request.NodeService;
import starling.node.request.ReadOutcome;
import starling.node.request.Rejection;
import starling.wire.ProblemKind;

/**
 * Listings of a bucket: one page as JSON, or all of it as a stream of lines (NDJSON).
 *
 * <p>A stream asks the node for one page after the other, each only when the socket has taken the
 * lines of the one before. So it goes at its reader's pace, and holds one page. A reader that takes
 * nothing is cut off like that of any answer ({@link ConnectionTimeouts}). After each page comes a
 * line with the cursor, from which another request continues; the last line says whether all
 * partitions answered. A stream without it broke off: the node is stopping, or a page failed.
 *
 * <p>A stream with a limit also ends after a page that was full or late before it had all that it
 * was asked for. So it ends in about the time of the request, however few of the keys begin with
 * the prefix, and its reader can hold it.
 */
final class ListingApi {
  static final String NDJSON = "application/x-ndjson";
  static final int MAX_LIMIT = 10_000;

  private static final int USUAL_LIMIT = 1_000;
  private static final Set<String> PARAMETERS =
      Set.of("prefix", "limit", "cursor", "values", "timeoutMs");

  /** How often a stream tries a page again that was rejected for a reason that may pass. */
  private static final int MAX_TRIES = 5;

  private static final long PAUSE_MILLIS = 200;

  private final NodeService service;
  private final BooleanSupplier draining;
  private final Timer timer;

  /** Runs a task on the event loop after a while. */
  interface Timer {
    void after(long millis, Runnable task);
  }

  /**
   * @param draining whether the node is stopping, so that streams end
   */
  ListingApi(NodeService service, BooleanSupplier draining, Timer timer) {
    this.service = service;
    this.draining = draining;
    this.timer = timer;
  }

  void handle(HttpExchange exchange) {
    String bucket = StoreKey.bucket(exchange.match());
    Query query = exchange.query();
    query.allowOnly(PARAMETERS);
    RequestBodies.refuse(exchange);
    String prefix = query.text("prefix");
    String cursor = query.text("cursor");
    int limit = limit(query);
    boolean values = RequestParts.flag(query, "values");
    Integer timeout = RequestParts.options(query, service.bucket(bucket)).timeoutMillis();
    Accept accept = Accept.of(exchange);
    boolean stream = accept.names(NDJSON);
    if (!stream) {
      accept.requireJson("the answer is application/json or " + NDJSON);
      if (values) {
        throw new RequestRejected(
            ProblemKind.BAD_PARAMETER,
            "values",
            "values come as a stream only: send 'Accept: " + NDJSON + "'");
      }
    }
    int most = limit > 0 ? limit : stream ? Integer.MAX_VALUE : USUAL_LIMIT;
    ListRequest request =
        new ListRequest(
            exchange.requestId(),
            bucket,
            (prefix == null ? "" : prefix).getBytes(StandardCharsets.UTF_8),
            cursor,
            stream ? Math.min(most, USUAL_LIMIT) : most,
            values,
            timeout);
    if (stream) {
      new Stream(exchange, request, most).begin();
    } else {
      service.list(request, exchange.guarded(outcome -> exchange.answer(page(outcome))));
    }
  }

  /** The limit of the request, or 0. */
  private static int limit(Query query) {
    String text = query.text("limit");
    if (text == null) {
      return 0;
    }
    int limit = text.matches("[0-9]{1,6}") ? Integer.parseInt(text) : 0;
    if (limit < 1 || limit > MAX_LIMIT) {
      throw new RequestRejected(
          ProblemKind.BAD_PARAMETER, "limit", "limit must be a number from 1 to " + MAX_LIMIT);
    }
    return limit;
  }

  private static ApiResponse page(ListOutcome outcome) {
    if (outcome instanceof ListOutcome.Rejected rejected) {
      throw new RequestRejected(rejected.rejection());
    }
    Page page = (Page) outcome;
    JsonText json = new JsonText(64 + 32 * page.entries().size());
    json.openObject().name("keys").openArray();
    for (Entry entry : page.entries()) {
      json.value(text(entry));
    }
    json.closeArray();
    if (page.cursor() != null) {
      json.field("cursor", page.cursor());
    }
    return ApiResponse.json(200, json.field("complete", page.missing() == 0).closeObject());
  }

  private static String text(Entry entry) {
    return new String(entry.key(), StandardCharsets.UTF_8);
  }

  /** One stream. */
  private final class Stream {
    private final HttpExchange exchange;
    private final boolean limited;
    private ListRequest next;
    private int left;
    private int tries;
    private @Nullable ResponseStream out;

    Stream(HttpExchange exchange, ListRequest first, int left) {
      this.exchange = exchange;
      this.next = first;
      this.left = left;
      this.limited = left < Integer.MAX_VALUE;
    }

    /** The first page is there before the answer begins, so that it can be a rejection. */
    void begin() {
      service.list(
          next,
          exchange.guarded(
              outcome -> {
                if (outcome instanceof ListOutcome.Rejected rejected) {
                  throw new RequestRejected(rejected.rejection());
                }
                if (exchange.verb() == ApiMethod.HEAD) {
                  exchange.answer(ApiResponse.unmeasured(200, NDJSON));
                  return;
                }
                out = exchange.stream(200, NDJSON);
                write((Page) outcome);
              }));
    }

    private void proceed() {
      service.list(next, exchange.guarded(this::onPage));
    }

    private void onPage(ListOutcome outcome) {
      if (outcome instanceof Page page) {
        tries = 0;
        write(page);
        return;
      }
      Rejection rejection = ((ListOutcome.Rejected) outcome).rejection();
      if (rejection.couldBeMade() && ++tries < MAX_TRIES && !draining.getAsBoolean()) {
        timer.after(PAUSE_MILLIS << tries, this::proceed);
      } else {
        stream().cut();
      }
    }

    private ResponseStream stream() {
      ResponseStream begun = out;
      if (begun == null) {
        throw new IllegalStateException("the stream has not begun");
      }
      return begun;
    }

    private void write(Page page) {
      ResponseStream begun = stream();
      left -= page.entries().size();
      boolean early = limited && page.entries().size() < next.limit();
      boolean last = page.cursor() == null || left <= 0 || early;
      begun.write(lines(page, last));
      if (last) {
        begun.end();
      } else if (draining.getAsBoolean()) {
        begun.cut();
      } else {
        next =
            new ListRequest(
                next.requestId(),
                next.bucket(),
                next.prefix(),
                page.cursor(),
                Math.min(left, USUAL_LIMIT),
                next.values(),
                next.timeoutMillis());
        begun.whenTaken(this::proceed);
      }
    }

    private Buffer lines(Page page, boolean last) {
      Buffer lines = Buffer.buffer(64 * page.entries().size() + 256);
      for (Entry entry : page.entries()) {
        add(lines, line(entry));
      }
      if (page.cursor() != null) {
        add(lines, new JsonText().openObject().field("cursor", page.cursor()));
      }
      if (last) {
        boolean complete = page.missing() == 0;
        JsonText end = new JsonText().openObject().field("complete", complete);
        add(lines, complete ? end : end.field("missing", page.missing()));
      }
      return lines;
    }

    private JsonText line(Entry entry) {
      ReadOutcome.Found found = entry.found();
      String key = text(entry);
      if (found == null) {
        return new JsonText(16 + 2 * entry.key().length).openObject().field("key", key);
      }
      return Envelopes.write(new JsonText(Envelopes.expectedBytes(entry.key(), found)), key, found);
    }

    /** Adds an object that is still open. */
    private static void add(Buffer lines, JsonText object) {
      lines.appendBytes(object.closeObject().toBytes()).appendByte((byte) '\n');
    }
  }
}
