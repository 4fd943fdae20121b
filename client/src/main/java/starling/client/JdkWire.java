package starling.client;

import java.net.ConnectException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
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
        sink.broken(false, false, "was not asked: the client is closed");
        return;
      }
      sent = sent(open, node, request);
    } catch (RuntimeException e) {
      // Not from within the caller: it has not noted the request yet.
      var unused = execute(() -> sink.broken(false, false, "was not asked: " + e));
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

  private CompletableFuture<HttpResponse<byte[]>> sent(
      HttpClient open, Endpoint node, WireRequest request) {
    URI uri = uri(node, request);
    if (uri != null) {
      return open.sendAsync(made(uri, request).build(), HttpResponse.BodyHandlers.ofByteArray());
    }
    return CompletableFuture.supplyAsync(() -> resolved(node, request), workers)
        .thenCompose(made -> open.sendAsync(made, HttpResponse.BodyHandlers.ofByteArray()));
  }

  /** The resource; null if no URI can name its host. */
  private @Nullable URI uri(Endpoint node, WireRequest request) {
    try {
      URI uri = URI.create(scheme + node + request.target());
      return uri.getHost() == null ? null : uri;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** Names in /etc/hosts and of containers may have characters that URIs do not know: my_host. */
  private HttpRequest resolved(Endpoint node, WireRequest request) {
    try {
      String found = InetAddress.getByName(node.host()).getHostAddress();
      URI uri = uri(new Endpoint(found, node.port()), request);
      if (uri == null) {
        throw new UnknownHostException(node.host());
      }
      HttpRequest.Builder made = made(uri, request);
      try {
        made.setHeader("Host", node.toString());
      } catch (IllegalArgumentException e) {
        // Unless jdk.httpclient.allowRestrictedHeaders names it, the address replaces the name.
      }
      return made.build();
    } catch (UnknownHostException e) {
      throw new CompletionException(e);
    }
  }

  private static HttpRequest.Builder made(URI uri, WireRequest request) {
    HttpRequest.Builder builder = HttpRequest.newBuilder(uri).timeout(ANSWER);
    List<String> headers = request.headers();
    for (int i = 0; i < headers.size(); i += 2) {
      builder.header(headers.get(i), headers.get(i + 1));
    }
    boolean bodiless = request.body().length == 0 && !request.method().equals("PUT");
    return builder.method(
        request.method(),
        bodiless
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofByteArray(request.body()));
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
    boolean unknown = false;
    for (Throwable each = cause; each != null; each = each.getCause()) {
      unknown |= each instanceof UnresolvedAddressException || each instanceof UnknownHostException;
      unsent |= unknown || each instanceof SSLHandshakeException;
    }
    boolean garbage = cause instanceof java.net.ProtocolException;
    String why = unknown ? ": its name is not known" : reason(cause);
    sink.broken(
        !unsent, garbage, (unsent ? "cannot be connected to" : "broke the connection") + why);
  }

  /** What an exception says; of a refused connection it often says nothing. */
  private static String reason(@Nullable Throwable cause) {
    String message = cause == null ? null : cause.getMessage();
    if (message != null) {
      return ": " + message;
    }
    return cause == null || cause instanceof ConnectException ? "" : ": " + cause;
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
