package starling.client;

import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/** The JDK's HttpClient; one thread of its own is the client's thread. */
final class JdkWire implements Wire {
  private static final Duration CONNECT = Duration.ofSeconds(1);
  private static final Duration ANSWER = Duration.ofSeconds(70);

  private final ScheduledThreadPoolExecutor loop;
  private final ExecutorService workers;
  private volatile @Nullable Thread thread;

  /** Requests without an answer; of the client's thread. */
  private final Map<Long, CompletableFuture<?>> inFlight = new HashMap<>();

  private long count;

  private final @Nullable Tls tls;
  private final String scheme;
  private @Nullable TlsFiles files;
  private @Nullable HttpClient http;

  JdkWire(@Nullable Tls tls) {
    this.tls = tls;
    this.scheme = tls == null ? "http://" : "https://";
    loop =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread made = daemon("starling-client").newThread(task);
              thread = made;
              return made;
            });
    loop.setRemoveOnCancelPolicy(true);
    loop.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    workers = Executors.newSingleThreadExecutor(daemon("starling-client-http"));
    http = client();
  }

  private HttpClient client() {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .executor(workers);
    if (tls != null) {
      files = tls.files();
      builder.sslContext(files.context());
    }
    return builder.build();
  }

  /** A client of the JDK has one context: after a reload of the files, requests go to another. */
  private @Nullable HttpClient present() {
    if (http != null && tls != null && !tls.files().equals(files)) {
      http = client();
    }
    return http;
  }

  private static ThreadFactory daemon(String name) {
    return task -> {
      Thread made = new Thread(task, name);
      made.setDaemon(true);
      return made;
    };
  }

  @Override
  public boolean execute(Runnable task) {
    try {
      loop.execute(task);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  @Override
  public boolean onOwnThread() {
    return Thread.currentThread() == thread;
  }

  @Override
  public void after(long millis, Runnable task) {
    try {
      var unused = loop.schedule(task, millis, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // Closed.
    }
  }

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  @Override
  public void send(Endpoint node, WireRequest request, Sink sink) {
    CompletableFuture<HttpResponse<byte[]>> sent;
    try {
      HttpClient open = present();
      if (open == null) {
        sink.broken(false, false, "the client is closed");
        return;
      }
      HttpRequest made = made(node, request);
      sent = open.sendAsync(made, HttpResponse.BodyHandlers.ofByteArray());
    } catch (RuntimeException e) {
      // Not from within the caller: it has not noted the request yet.
      String why =
          e instanceof IllegalArgumentException
              ? "no URI can name this host"
              : "the request could not be sent: " + e;
      var unused = execute(() -> sink.broken(false, false, why));
      return;
    }
    long number = count++;
    inFlight.put(number, sent);
    var unused =
        sent.whenComplete(
            (response, failure) ->
                execute(
                    () -> {
                      inFlight.remove(number);
                      if (failure == null) {
                        sink.answered(answer(response));
                      } else {
                        broken(sink, failure);
                      }
                    }));
  }

  private HttpRequest made(Endpoint node, WireRequest request) {
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(URI.create(scheme + node + request.target())).timeout(ANSWER);
    List<String> headers = request.headers();
    for (int i = 0; i < headers.size(); i += 2) {
      builder.header(headers.get(i), headers.get(i + 1));
    }
    boolean bodiless = request.body().length == 0 && !request.method().equals("PUT");
    return builder
        .method(
            request.method(),
            bodiless
                ? HttpRequest.BodyPublishers.noBody()
                : HttpRequest.BodyPublishers.ofByteArray(request.body()))
        .build();
  }

  private static Answer answer(HttpResponse<byte[]> response) {
    Answer answer = new Answer(response.statusCode());
    response
        .headers()
        .map()
        .forEach((name, values) -> answer.header(name.toLowerCase(Locale.ROOT), values.get(0)));
    answer.body = response.body();
    return answer;
  }

  private static void broken(Sink sink, Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    boolean unsent =
        cause instanceof ConnectException || cause instanceof HttpConnectTimeoutException;
    for (Throwable each = cause; each != null; each = each.getCause()) {
      unsent |= each instanceof UnresolvedAddressException || each instanceof SSLHandshakeException;
    }
    boolean garbage = cause instanceof java.net.ProtocolException;
    sink.broken(
        !unsent, garbage, (unsent ? "cannot be connected to: " : "broke the connection: ") + cause);
  }

  /** The JDK's client drops connections that fail, and new ones are made as needed. */
  @Override
  public void retire(Endpoint node) {}

  @Override
  public CompletableFuture<Void> close() {
    http = null;
    // A request without an answer would keep the threads of its client.
    List.copyOf(inFlight.values()).forEach(sent -> sent.cancel(true));
    workers.shutdownNow();
    CompletableFuture<Void> ended = new CompletableFuture<>();
    loop.execute(() -> ended.complete(null));
    loop.shutdown();
    return ended;
  }
}
