package starling.node.runtime.http;

import java.util.Set;
import starling.node.request.BatchRequest;
import starling.node.request.NodeService;
import starling.node.request.ReadOutcome;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.wire.HeaderNames;
import starling.wire.ProblemKind;

/** The routes of batches: many operations in one request, one result for each, in their order. */
final class BatchApi {
  /** The longest body of a batch. */
  static final int MAX_BYTES = 8 << 20;

  private static final Set<String> PARAMETERS = RequestParts.OPTIONS;

  private final NodeService service;
  private final Bodies bodies;
  private final JsonReader json;
  private final Contents contents;
  private final RequestMetrics metrics;

  BatchApi(
      NodeService service,
      Bodies bodies,
      JsonReader json,
      Contents contents,
      RequestMetrics metrics) {
    this.service = service;
    this.bodies = bodies;
    this.json = json;
    this.contents = contents;
    this.metrics = metrics;
  }

  void handle(HttpExchange exchange) {
    String bucket = StoreKey.bucket(exchange.match());
    exchange.query().allowOnly(PARAMETERS);
    RequestOptions options = RequestParts.options(exchange.query(), service.bucket(bucket));
    refuseHeaders(exchange);
    Accept.of(exchange).requireJson();
    if (!RequestBodies.type(exchange).isJson()) {
      throw new RequestRejected(
          ProblemKind.UNSUPPORTED_MEDIA_TYPE,
          "Content-Type",
          "a batch is JSON: send 'Content-Type: application/json'");
    }
    String requestId = exchange.requestId();
    bodies.collect(
        exchange,
        MAX_BYTES,
        body ->
            json.read(
                exchange,
                body,
                text -> BatchBody.read(text, bucket, contents),
                batch -> execute(exchange, new BatchAnswer(batch, requestId, bodies), options)));
  }

  /** Headers that are about one key: on a batch they would seem to hold for all of its keys. */
  private static void refuseHeaders(HttpExchange exchange) {
    if (exchange.header(HeaderNames.IDEMPOTENCY_KEY) != null) {
      throw new RequestRejected(
          ProblemKind.BAD_REQUEST,
          HeaderNames.IDEMPOTENCY_KEY,
          "a batch has no Idempotency-Key: each put or delete in it may have an idempotencyKey");
    }
    for (String name : new String[] {HeaderNames.CONTEXT, "If-Match", "If-None-Match"}) {
      if (exchange.header(name) != null) {
        throw new RequestRejected(
            ProblemKind.BAD_REQUEST, name, "a batch has no " + name + ": it is about one key");
      }
    }
  }

  private void execute(HttpExchange exchange, BatchAnswer answer, RequestOptions options) {
    BatchBody batch = answer.batch();
    service.batch(
        new BatchRequest(exchange.requestId(), batch.bucket(), options, batch.operations()),
        new BatchRequest.Listener() {
          @Override
          public void onRead(int index, ReadOutcome outcome) {
            metrics.read(outcome, System.nanoTime() - exchange.begunNanos());
            answer.read(index, outcome);
          }

          @Override
          public void onWrite(int index, WriteOutcome outcome) {
            boolean delete = batch.deletes(index);
            metrics.write(delete, outcome, System.nanoTime() - exchange.begunNanos());
            answer.write(index, delete, outcome);
          }

          @Override
          public void onEnd() {
            metrics.batch(batch.size());
            exchange.guarded(end -> exchange.answer(answer.whole())).accept(answer);
          }
        });
  }
}
