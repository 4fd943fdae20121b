package starling.node.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The clients and proxies that people use against a real node: one dialogue, with errors after
 * which a connection lives on and errors after which it ends, gets the same answers from each. A
 * program that is not on this machine is skipped; the test installs none.
 */
class HttpClientsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String JSON = "application/json";
  private static final String BYTES = "application/octet-stream";

  @TempDir static Path directory;
  private static LocalCluster cluster;

  @BeforeAll
  static void start() {
    cluster = LocalCluster.start(1, "--set", "buckets.default.n=1");
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static int port() {
    return cluster.node(0).httpPort;
  }

  // ---- the dialogue

  /**
   * One request of the dialogue and its answer.
   *
   * @param value the bytes that the answer must have; null where its body is not compared
   */
  private record Step(
      String method, String path, String type, byte[] body, int status, byte[] value) {}

  private static List<Step> dialogue(String name) {
    String key = "/api/v1/store/" + name;
    byte[] text = "{\"value\":\"\u00e9\ud83d\ude00\"}".getBytes(StandardCharsets.UTF_8);
    byte[] read = "\"\u00e9\ud83d\ude00\"".getBytes(StandardCharsets.UTF_8);
    byte[] bytes = new byte[300_000];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i * 31 + i / 251);
    }
    List<Step> steps = new ArrayList<>();
    steps.add(new Step("GET", key, "", null, 404, null));
    steps.add(new Step("PUT", key, JSON, text, 201, null));
    steps.add(new Step("GET", key + "?raw", "", null, 200, read));
    steps.add(new Step("HEAD", key, "", null, 200, null));
    steps.add(new Step("PUT", key, JSON, Arrays.copyOf(text, 5), 400, null));
    steps.add(new Step("GET", key + "?raw", "", null, 200, read));
    steps.add(new Step("PUT", key, BYTES, new byte[2_000_000], 413, null));
    steps.add(new Step("GET", key + "?raw", "", null, 200, read));
    steps.add(new Step("PUT", key + "/bytes", BYTES, bytes, 201, null));
    steps.add(new Step("GET", key + "%2Fbytes?raw", "", null, 200, bytes));
    steps.add(new Step("PATCH", key, JSON, text, 405, null));
    steps.add(new Step("PUT", key + "?w=9", JSON, text, 400, null));
    steps.add(new Step("GET", "/nowhere", "", null, 404, null));
    steps.add(new Step("DELETE", key, "", null, 204, null));
    steps.add(new Step("GET", key, "", null, 404, null));
    steps.add(new Step("GET", "/health/live", "", null, 200, null));
    return steps;
  }

  private static List<String> expected(List<Step> steps) {
    return steps.stream().map(step -> line(step, step.status(), step.value())).toList();
  }

  private static String line(Step step, int status, byte[] body) {
    String value = step.value() == null ? "" : " " + Arrays.hashCode(body);
    return step.method() + " " + step.path() + " " + status + value;
  }

  /** What a script printed as {@code status file} for each step. */
  private static List<String> told(List<Step> steps, String out) throws IOException {
    List<String> lines = out.lines().toList();
    assertThat(lines).as(out).hasSameSizeAs(steps);
    List<String> told = new ArrayList<>();
    for (int i = 0; i < steps.size(); i++) {
      String[] words = lines.get(i).split(" ", 2);
      byte[] body = steps.get(i).value() == null ? null : Files.readAllBytes(Path.of(words[1]));
      told.add(line(steps.get(i), Integer.parseInt(words[0]), body));
    }
    return told;
  }

  private static Path bodyFile(String name, int step, Step of) throws IOException {
    return Files.write(directory.resolve(name + "-" + step + ".body"), of.body());
  }

  /** The dialogue as a file that scripts read. */
  private static Path script(String name, String base, List<Step> steps) throws IOException {
    ArrayNode all = HttpCalls.JSON.createArrayNode();
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      ObjectNode node = all.addObject().put("method", step.method()).put("url", base + step.path());
      node.put("type", step.type()).put("out", directory.resolve(name + "-" + i + ".out") + "");
      node.put("body", step.body() == null ? null : bodyFile(name, i, step).toString());
    }
    Path file = directory.resolve(name + ".json");
    return Files.writeString(file, all.toString());
  }

  private static ServerProcess.Ended run(String name, List<String> command) {
    return ServerProcess.startAny(directory, name, command, Map.of()).await();
  }

  private static void onThisMachine(String program) {
    boolean found = false;
    for (String place : System.getenv("PATH").split(File.pathSeparator, -1)) {
      found |= Files.isExecutable(Path.of(place, program));
    }
    assumeTrue(found, "skipped: " + program + " is not installed");
  }

  private static String base() {
    return "http://127.0.0.1:" + port();
  }

  // ---- clients

  @Test
  void curlWithOddFlags() throws IOException {
    onThisMachine("curl");
    List<List<String>> odd = new ArrayList<>();
    odd.add(List.of());
    odd.add(List.of("--http1.0"));
    odd.add(List.of("--compressed", "--path-as-is", "--tcp-nodelay"));
    odd.add(List.of("-H", "Expect: 100-continue"));
    odd.add(List.of("-H", "Transfer-Encoding: chunked"));
    odd.add(List.of("-H", "Connection: close"));
    odd.add(List.of("-H", "Connection: keep-alive, close", "-H", "TE: trailers"));
    odd.add(List.of("-H", "Accept:", "-H", "User-Agent:", "-H", "Host: a_b"));
    odd.add(List.of("--proxy", base(), "--noproxy", ""));
    if (run("curl-version", List.of("curl", "-V")).out().contains("HTTP2")) {
      odd.add(List.of("--http2"));
    }
    for (int i = 0; i < odd.size(); i++) {
      String name = "curl" + i;
      List<Step> steps = dialogue(name);
      boolean proxied = odd.get(i).contains("--proxy");
      String base = proxied ? "http://node.invalid" : base();
      assertThat(told(steps, curl(name, base, odd.get(i), steps)))
          .as("curl %s", odd.get(i))
          .isEqualTo(expected(steps));
    }
  }

  /** One process for the whole dialogue, so that curl uses its connections again. */
  private static String curl(String name, String base, List<String> flags, List<Step> steps)
      throws IOException {
    List<String> command = new ArrayList<>(List.of("curl"));
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      String out = directory.resolve(name + "-" + i + ".out").toString();
      command.addAll(i == 0 ? List.of() : List.of("--next"));
      command.addAll(List.of("-s", "-S", "-g", "-m", "20", "-o", out));
      command.addAll(List.of("-w", "%{http_code} " + out + "\n"));
      boolean body = step.body() != null;
      for (int f = 0; f < flags.size(); f++) {
        String value = f + 1 < flags.size() ? flags.get(f + 1) : "";
        boolean ofBodies = value.startsWith("Expect") || value.startsWith("Transfer-Encoding");
        if (flags.get(f).equals("-H") && ofBodies && !body) {
          f++;
        } else {
          command.add(flags.get(f));
        }
      }
      command.addAll(step.method().equals("HEAD") ? List.of("-I") : List.of("-X", step.method()));
      if (body) {
        command.addAll(List.of("-H", "Content-Type: " + step.type()));
        command.addAll(List.of("--data-binary", "@" + bodyFile(name, i, step)));
      }
      command.add(base + step.path());
    }
    ServerProcess.Ended ended = run(name, command);
    assertThat(ended.status()).as("curl %s: %s", flags, ended.err()).isZero();
    return ended.out();
  }

  @Test
  void pythonsHttpClient() throws IOException {
    onThisMachine("python3");
    String program =
        """
        import http.client, json, sys, urllib.parse
        steps = json.load(open(sys.argv[1]))
        connection = None
        for step in steps:
            url = urllib.parse.urlsplit(step["url"])
            if connection is None:
                connection = http.client.HTTPConnection(url.hostname, url.port, timeout=20)
            body = open(step["body"], "rb").read() if step["body"] else None
            headers = {"Content-Type": step["type"]} if step["type"] else {}
            target = url.path + ("?" + url.query if url.query else "")
            connection.request(step["method"], target, body, headers)
            response = connection.getresponse()
            open(step["out"], "wb").write(response.read())
            print(response.status, step["out"])
        """;
    scripted("python3", "-c", program);
  }

  /** As {@code nc -N} does, and every program that sends a file and then ends its side. */
  @Test
  void aSocketOfPythonThatIsShutAfterTheRequest() {
    onThisMachine("python3");
    String program =
        """
        import socket, sys
        body = b'{"value":"shut"}'
        put = b"PUT /api/v1/store/shut HTTP/1.1\\r\\nHost: x\\r\\nContent-Type: application/json"
        put += b"\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body
        get = b"GET /api/v1/store/shut?raw HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"
        for request in [put] * 50 + [put + get + get, get]:
            connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=20)
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while True:
                part = connection.recv(65536)
                if not part:
                    break
                answer += part
            print(*[line.split()[1].decode() for line in answer.split(b"\\r\\n")
                    if b"HTTP/1.1 " in line])
        """;
    ServerProcess.Ended ended = run("shut", List.of("python3", "-c", program, "" + port()));
    assertThat(ended.status()).as(ended.err()).isZero();
    assertThat(ended.out()).isEqualTo("201\n".repeat(50) + "201 200 200\n200\n");
  }

  @Test
  void fetchOfNode() throws IOException {
    onThisMachine("node");
    String program =
        """
        const fs = require('fs');
        if (typeof fetch === 'undefined') { console.error('no fetch'); process.exit(9); }
        (async () => {
          for (const step of JSON.parse(fs.readFileSync(process.argv[1]))) {
            const response = await fetch(step.url, {
              method: step.method,
              headers: step.type ? {'Content-Type': step.type} : {},
              body: step.body ? fs.readFileSync(step.body) : undefined});
            fs.writeFileSync(step.out, Buffer.from(await response.arrayBuffer()));
            console.log(response.status + ' ' + step.out);
          }
        })().catch(e => { console.error(e, e.cause); process.exit(1); });
        """;
    scripted("node", "-e", program);
  }

  private static void scripted(String program, String flag, String text) throws IOException {
    List<Step> steps = dialogue(program);
    Path script = script(program, base(), steps);
    ServerProcess.Ended ended = run(program, List.of(program, flag, text, script.toString()));
    assumeTrue(ended.status() != 9, "skipped: " + program + ": " + ended.err());
    assertThat(ended.status()).as(ended.err()).isZero();
    assertThat(told(steps, ended.out())).isEqualTo(expected(steps));
  }

  /** As HTTP/2 it offers to change the protocol in clear text, which the node passes over. */
  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void theClientOfTheJdk(HttpClient.Version version) throws Exception {
    HttpClient client = client(version);
    talk(client, base(), "jdk-" + version);
    storm(client, port(), "jdk-storm-" + version);
  }

  @Test
  void ab() throws IOException {
    onThisMachine("ab");
    Path body = Files.writeString(directory.resolve("ab.json"), "{\"value\":\"ab\"}");
    String url = base() + "/api/v1/store/ab";
    List<List<String>> runs =
        List.of(
            List.of("-n", "500", "-c", "10", "-k", "-u", body.toString(), "-T", JSON, url),
            List.of("-n", "500", "-c", "10", "-u", body.toString(), "-T", JSON, url),
            List.of("-n", "1000", "-c", "10", "-k", url + "?raw"),
            List.of("-n", "1000", "-c", "10", url + "?raw"),
            List.of("-n", "200", "-c", "5", "-k", "-i", url));
    for (int i = 0; i < runs.size(); i++) {
      List<String> command = new ArrayList<>(List.of("ab", "-q"));
      command.addAll(runs.get(i));
      ServerProcess.Ended ended = run("ab" + i, command);
      assertThat(ended.status()).as(ended.err()).isZero();
      assertThat(ended.out())
          .as("%s", command)
          .containsPattern("Complete requests: +" + runs.get(i).get(1))
          .containsPattern("Failed requests: +0\n")
          .doesNotContain("Non-2xx");
      if (command.contains("-k")) {
        assertThat(ended.out()).containsPattern("Keep-Alive requests: +" + runs.get(i).get(1));
      }
    }
  }

  // ---- proxies

  @Test
  void nginxInFront() throws Exception {
    onThisMachine("nginx");
    List<Integer> ports = LocalCluster.freePorts(3);
    String built = run("nginx-version", List.of("nginx", "-V")).err();
    StringBuilder places = new StringBuilder();
    for (String module : List.of("fastcgi", "uwsgi", "scgi")) {
      if (!built.contains("--without-http_" + module + "_module")) {
        places.append(module + "_temp_path " + directory + "/nginx-" + module + ";\n");
      }
    }
    String again = "proxy_http_version 1.1; proxy_set_header Connection \"\";";
    String config =
        """
        daemon off; master_process off; pid %1$s/nginx.pid; error_log stderr error;
        events { worker_connections 256; }
        http {
          access_log off; client_max_body_size 16m; %2$s
          client_body_temp_path %1$s/nginx-body; proxy_temp_path %1$s/nginx-proxy;
          upstream the_node { server 127.0.0.1:%3$d; keepalive 8; }
          server { listen 127.0.0.1:%4$d; location / {
            proxy_pass http://the_node; %7$s proxy_request_buffering off; } }
          server { listen 127.0.0.1:%5$d; location / { proxy_pass http://the_node; %7$s } }
          server { listen 127.0.0.1:%6$d; location / { proxy_pass http://127.0.0.1:%3$d; } }
        }
        """
            .formatted(directory, places, port(), ports.get(0), ports.get(1), ports.get(2), again);
    Path file = Files.writeString(directory.resolve("nginx.conf"), config);
    List<String> command =
        List.of("nginx", "-p", directory.toString(), "-e", "stderr", "-c", file.toString());
    behind("nginx", command, ports);
  }

  @Test
  void haproxyInFront() throws Exception {
    onThisMachine("haproxy");
    List<Integer> ports = LocalCluster.freePorts(2);
    String config =
        """
        global
          maxconn 256
        defaults
          mode http
          timeout connect 5s
          timeout client 20s
          timeout server 20s
        listen reused
          bind 127.0.0.1:%2$d
          http-reuse always
          server node 127.0.0.1:%1$d
        listen closed
          bind 127.0.0.1:%3$d
          option httpclose
          server node 127.0.0.1:%1$d
        """
            .formatted(port(), ports.get(0), ports.get(1));
    Path file = Files.writeString(directory.resolve("haproxy.cfg"), config);
    behind("haproxy", List.of("haproxy", "-db", "-f", file.toString()), ports);
  }

  private static void behind(String name, List<String> command, List<Integer> ports)
      throws Exception {
    ServerProcess proxy = ServerProcess.startAny(directory, name, command, Map.of());
    try {
      for (int port : ports) {
        await()
            .atMost(PATIENCE)
            .ignoreExceptionsInstanceOf(IOException.class)
            .untilAsserted(
                () -> {
                  assertThat(proxy.alive()).as(proxy.transcript()).isTrue();
                  new Socket(InetAddress.getLoopbackAddress(), port).close();
                });
        HttpClient client = client(HttpClient.Version.HTTP_1_1);
        talk(client, "http://127.0.0.1:" + port, name + port);
        storm(client, port, name + "-storm-" + port);
      }
    } finally {
      proxy.kill();
    }
  }

  // ---- a client of our own process

  private static HttpClient client(HttpClient.Version version) {
    return HttpClient.newBuilder().version(version).connectTimeout(PATIENCE).build();
  }

  private static HttpResponse<byte[]> send(
      HttpClient client, String method, String url, String type, byte[] body) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url))
            .timeout(PATIENCE)
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(body));
    if (!type.isEmpty()) {
      request.header("Content-Type", type);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  private static void talk(HttpClient client, String base, String name) throws Exception {
    List<Step> steps = dialogue(name);
    List<String> told = new ArrayList<>();
    for (Step step : steps) {
      HttpResponse<byte[]> response =
          send(client, step.method(), base + step.path(), step.type(), step.body());
      told.add(line(step, response.statusCode(), response.body()));
    }
    assertThat(told).isEqualTo(expected(steps));
  }

  /**
   * Many at once over a few connections, while others break off in the middle of a request: an
   * answer that goes to another request than its own would show another value.
   */
  private static void storm(HttpClient client, int port, String name) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<?>> done = new ArrayList<>();
      for (int thread = 0; thread < 8; thread++) {
        String key = name + "-" + thread;
        done.add(threads.submit(() -> rounds(client, port, key)));
      }
      for (Future<?> each : done) {
        each.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static Void rounds(HttpClient client, int port, String key) throws Exception {
    String url = "http://127.0.0.1:" + port + "/api/v1/store/" + key;
    for (int i = 0; i < 25; i++) {
      byte[] value = (key + " " + i).getBytes(StandardCharsets.UTF_8);
      assertThat(send(client, "PUT", url, "text/plain", value).statusCode()).isEqualTo(201);
      if (i % 8 == 1) {
        breakOff(port, key);
        assertThat(send(client, "PUT", url, BYTES, new byte[1_600_000]).statusCode())
            .isEqualTo(413);
      } else if (i % 8 == 5) {
        assertThat(send(client, "PUT", url, JSON, value).statusCode()).isEqualTo(400);
      }
      HttpResponse<byte[]> response = send(client, "GET", url + "?raw", "", null);
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(new String(response.body(), StandardCharsets.UTF_8)).isEqualTo(key + " " + i);
    }
    return null;
  }

  private static void breakOff(int port, String key) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      OutputStream out = socket.getOutputStream();
      String head =
          "PUT /api/v1/store/broken-%s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\n"
              + "Content-Length: 100\r\n\r\nhalf";
      out.write(head.formatted(key, BYTES).getBytes(StandardCharsets.US_ASCII));
      out.flush();
    }
  }
}
