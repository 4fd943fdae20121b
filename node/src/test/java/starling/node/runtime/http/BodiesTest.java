package starling.node.runtime.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.netty.channel.embedded.EmbeddedChannel;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import starling.node.config.HttpConfig;
import starling.wire.ProblemKind;

/** A body is passed on whole or not at all, whatever happens to one of its parts. */
class BodiesTest {
  private static final Vertx VERTX = Vertx.vertx();
  private static final HttpConfig CONFIG =
      new HttpConfig(
          "127.0.0.1",
          0,
          null,
          1 << 20,
          Duration.ofMinutes(1),
          Duration.ofMinutes(1),
          10,
          10,
          3 << 20,
          List.of());

  private final Bodies bodies = new Bodies(CONFIG);

  @AfterAll
  static void stop() {
    VERTX.close().await();
  }

  /** A request with a body, as Vert.x passes it. */
  private final class Upload {
    private final MultiMap headers = MultiMap.caseInsensitiveMultiMap();
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final List<byte[]> passedOn = new ArrayList<>();
    private final HttpExchange exchange;
    private Handler<Buffer> parts;
    private Handler<Void> end;
    private int status;
    private String answer = "";
    private Future<Void> written = Future.succeededFuture();

    Upload(long announced) {
      headers.add("Content-Length", String.valueOf(announced));
      HttpServerResponse response =
          fake(HttpServerResponse.class, (method, argument) -> response(method, argument));
      HttpServerRequest request =
          fake(
              HttpServerRequest.class,
              (method, argument) ->
                  switch (method) {
                    case "headers" -> headers;
                    case "method" -> HttpMethod.PUT;
                    case "response" -> response;
                    case "handler" -> {
                      parts = handler(argument);
                      yield null;
                    }
                    case "endHandler" -> {
                      end = handler(argument);
                      yield null;
                    }
                    default -> null;
                  });
      ConnectionTimeouts watch =
          new ConnectionTimeouts(channel, new Connections(VERTX, CONFIG), System.nanoTime());
      exchange =
          new HttpExchange(
              request,
              watch,
              "test",
              new HttpExchange.Ending() {
                @Override
                public void onEnd(HttpExchange ended, int how) {
                  bodies.ended(ended);
                }

                @Override
                public boolean room(long bytes) {
                  return bodies.roomToAnswer(bytes);
                }

                @Override
                public long mostAnswerBytes() {
                  return bodies.mostAnswerBytes();
                }

                @Override
                public void answers(int bytes, Future<Void> written) {
                  bodies.answers(bytes, written);
                }
              });
    }

    private Object response(String method, Object argument) {
      switch (method) {
        case "setStatusCode" -> status = (Integer) argument;
        case "end" -> answer = argument == null ? "" : argument.toString();
        default -> {
          // Headers.
        }
      }
      return switch (method) {
        case "closed" -> false;
        case "headers" -> headers;
        case "end" -> written;
        default -> null;
      };
    }

    Upload begin() {
      bodies.collect(exchange, passedOn::add);
      return this;
    }

    void send(int bytes) {
      parts.handle(Buffer.buffer("x".repeat(bytes)));
    }

    void sendBroken(int bytes, Error error) {
      parts.handle(
          fake(
              Buffer.class,
              (method, argument) -> {
                if (method.equals("length")) {
                  return bytes;
                }
                throw error;
              }));
    }

    void end() {
      end.handle(null);
    }
  }

  private interface Calls {
    Object on(String method, Object argument);
  }

  @SuppressWarnings("unchecked")
  private static <T> T fake(Class<T> type, Calls calls) {
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          Object result =
              calls.on(
                  method.getName(),
                  arguments == null || arguments.length == 0 ? null : arguments[0]);
          return result == null && method.getReturnType().isInstance(proxy) ? proxy : result;
        };
    return (T)
        Proxy.newProxyInstance(BodiesTest.class.getClassLoader(), new Class<?>[] {type}, handler);
  }

  @SuppressWarnings("unchecked")
  private static <T> Handler<T> handler(Object argument) {
    return (Handler<T>) argument;
  }

  @Test
  void aWholeBodyIsPassedOnAndCountsUntilItsAnswer() {
    Upload upload = new Upload(300_000).begin();
    upload.send(100_000);
    upload.send(200_000);
    upload.end();
    assertThat(upload.passedOn).hasSize(1);
    assertThat(new String(upload.passedOn.get(0), StandardCharsets.US_ASCII))
        .isEqualTo("x".repeat(300_000));
    assertThat(bodies.buffered()).isEqualTo(300_000);
    upload.exchange.answer(ApiResponse.empty(204));
    assertThat(bodies.buffered()).isZero();
  }

  @Test
  void aPartThatCannotBeAddedGivesTheWholeBodyUp() {
    for (Error error : List.of(new InternalError("planted"), new StackOverflowError("planted"))) {
      Upload upload = new Upload(300).begin();
      upload.send(100);
      upload.sendBroken(100, error);
      upload.send(100);
      upload.send(100);
      upload.end();
      assertThat(upload.passedOn).isEmpty();
      assertThat(upload.status).isEqualTo(500);
      assertThat(upload.answer).contains("\"outcome\":\"none\"");
      assertThat(bodies.buffered()).isZero();
    }
  }

  @Test
  void aBodyOfAnotherLengthThanAnnouncedIsRefused() {
    for (int bytes : List.of(299, 301)) {
      Upload upload = new Upload(300).begin();
      upload.send(bytes);
      upload.end();
      assertThat(upload.passedOn).isEmpty();
      assertThat(upload.status).isEqualTo(400);
      assertThat(upload.answer).contains("the body has " + bytes + " bytes");
      assertThat(bodies.buffered()).isZero();
    }
  }

  @Test
  void anAnswerForWhichThereIsNoRoomIsRefusedUntilOthersAreWritten() {
    Promise<Void> taken = Promise.promise();
    Upload first = new Upload(0);
    first.written = taken.future();
    first.exchange.answer(new ApiResponse(200, ApiResponse.JSON, new byte[2 << 20]));
    assertThat(first.status).isEqualTo(200);
    Upload second = new Upload(0);
    second.exchange.answer(new ApiResponse(200, ApiResponse.JSON, new byte[2 << 20]));
    assertThat(second.status).isEqualTo(503);
    assertThat(second.answer).contains("have not received yet");
    Upload small = new Upload(0);
    small.exchange.answer(new ApiResponse(200, ApiResponse.JSON, new byte[4096]));
    assertThat(small.status).isEqualTo(200);
    taken.complete();
    Upload third = new Upload(0);
    third.exchange.answer(new ApiResponse(200, ApiResponse.JSON, new byte[2 << 20]));
    assertThat(third.status).isEqualTo(200);
    assertThat(bodies.answering()).isZero();
  }

  @Test
  void aBodyForWhichThereIsNoRoomIsRefusedBeforeItIsSent() {
    Upload first = new Upload(1 << 20).begin();
    first.send(1 << 20);
    Upload second = new Upload(1 << 20).begin();
    second.send(1 << 20);
    second.end();
    first.end();
    Upload third = new Upload((1 << 20) + 1);
    RequestRejected refused = catchThrowableOfType(RequestRejected.class, third::begin);
    assertThat(refused.refusal().kind()).isEqualTo(ProblemKind.OVERLOADED);
    assertThat(refused.getMessage()).contains("http.maxBufferedBytes");
    first.exchange.answer(ApiResponse.empty(204));
    third.begin().send((1 << 20) + 1);
    third.end();
    assertThat(third.passedOn).hasSize(1);
  }
}
