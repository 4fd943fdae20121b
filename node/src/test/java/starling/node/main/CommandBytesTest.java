package starling.node.main;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys and values pass a command as they are, whatever they hold. */
class CommandBytesTest {
  private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', (byte) 0xff, 0, '\r', '\n'};

  private final FakeNode node = new FakeNode();
  @TempDir private Path directory = Path.of("");

  @AfterEach
  void stop() {
    node.close();
  }

  private Shell.Ended run(String... args) {
    return runWith(new byte[0], args);
  }

  private Shell.Ended runWith(byte[] input, String... args) {
    String[] all = new String[args.length + 2];
    System.arraycopy(args, 0, all, 0, args.length);
    all[args.length] = "--endpoint";
    all[args.length + 1] = node.endpoint();
    return Shell.runWith(input, all);
  }

  private FakeNode.Request sent() {
    List<FakeNode.Request> requests = node.requests();
    return requests.get(requests.size() - 1);
  }

  private String file(byte[] bytes) throws IOException {
    String name = directory + "/\u043a file";
    Files.write(FileNames.path("the file", name), bytes);
    return name;
  }

  @Test
  void aKeyAndAValueAreStoredAsTheyAreTyped() throws IOException {
    node.answersJson(201, "{\"message\":\"stored\"}");
    String secret = file("secret".getBytes(UTF_8));
    for (String typed :
        List.of(
            "@" + secret, "@@x", "@", "\"quoted\"", "'", "${user.home}", "a\\nb", "", " ", "#c")) {
      Shell.Ended put = run("put", "@" + secret, typed);
      assertThat(put.status()).as(typed + " " + put).isZero();
      assertThat(ClientOptions.JSON.readTree(sent().text()).path("value").asText())
          .isEqualTo(typed);
      assertThat(sent().uri().getQuery()).isEqualTo("key=@" + secret);
    }
    assertThat(Shell.run("put", "--endpoint", node.endpoint(), "--", "-k", "-5").status()).isZero();
    assertThat(ClientOptions.JSON.readTree(sent().text()).path("value").asText()).isEqualTo("-5");
  }

  @Test
  void bytesOfAFileOrOfStandardInputAreSentAsTheyAre() throws IOException {
    node.answersJson(201, "{\"message\":\"stored\"}");
    String file = file(PNG);
    for (String[] put :
        new String[][] {
          {"put", "k", "-"}, {"put", "k", "--file", "-"}, {"put", "k", "--file", file}
        }) {
      Shell.Ended stored = runWith(PNG, put);
      assertThat(stored.status()).as(stored.toString()).isZero();
      assertThat(sent().body()).isEqualTo(PNG);
      assertThat(sent().type()).isEqualTo("application/octet-stream");
      assertThat(sent().context()).isNull();
    }
    Shell.Ended typed =
        run("put", "k", "--file", file, "--content-type", "image/png; a=b", "--context", "ctx");
    assertThat(typed.status()).as(typed.toString()).isZero();
    assertThat(sent().type()).isEqualTo("image/png; a=b");
    assertThat(sent().context()).isEqualTo("ctx");
    assertThat(sent().body()).isEqualTo(PNG);
  }

  @Test
  void jsonOfAFileIsJson() throws IOException {
    node.answersJson(201, "{\"message\":\"stored\"}");
    assertThat(run("put", "k", "--json", "--file", file("{\"a\":1.10}".getBytes(UTF_8))).status())
        .isZero();
    assertThat(sent().text()).isEqualTo("{\"value\":{\"a\":1.10}}");
    for (byte[] wrong : new byte[][] {PNG, {}, {'{'}}) {
      Shell.Ended put = runWith(wrong, "put", "k", "-", "--json");
      assertThat(put.status()).isEqualTo(ExitStatus.USAGE);
      assertThat(put.err()).contains("the value is not JSON");
    }
  }

  /** JSON that is longer than parsers expect in one place. */
  private static List<String> longJson() {
    String digits = "-" + "7".repeat(2_000) + ".5e-" + "1".repeat(1_000);
    return List.of(
        digits,
        "[" + digits + "]",
        "{\"" + "n".repeat(60_000) + "\":1}",
        "\"" + "s".repeat(21_000_000) + "\"");
  }

  @Test
  void jsonOfAnyLengthIsStored() {
    node.answersJson(201, "{\"message\":\"stored\"}");
    for (String value : longJson()) {
      Shell.Ended put = runWith(value.getBytes(UTF_8), "put", "k", "-", "--json");
      assertThat(put.status()).as(value.substring(0, 9) + put.err()).isZero();
      assertThat(sent().text().equals("{\"value\":" + value + "}")).isTrue();
    }
  }

  @Test
  void jsonOfAnyLengthIsPrinted() {
    List<String> values = longJson();
    values.forEach(
        value ->
            node.answersJson(200, "{\"message\":\"found\",\"key\":\"k\",\"value\":" + value + "}"));
    for (String value : values) {
      Shell.Ended got = run("get", "k");
      assertThat(got.status()).as(value.substring(0, 9)).isZero();
      String text = value.startsWith("\"") ? value.substring(1, value.length() - 1) : value;
      assertThat(got.out().equals(text + System.lineSeparator())).isTrue();
    }
  }

  @Test
  void aFileThatCannotBeReadIsAFailure() {
    Shell.Ended none = run("put", "k", "--file", directory + "/none");
    assertThat(none.status()).isEqualTo(ExitStatus.FAILED);
    assertThat(none.err())
        .isEqualTo("starling: " + directory + "/none cannot be read: there is no such file\n");
    assertThat(run("put", "k", "--file", directory.toString()).status())
        .isEqualTo(ExitStatus.FAILED);
    assertThat(node.requests()).isEmpty();
  }

  @Test
  void aValueIsWrittenToAFileOrToStandardOutputAsItIs() throws IOException {
    String file = directory + "/\u043a out";
    record Stored(String type, byte[] body, byte[] written) {}
    for (Stored stored :
        List.of(
            new Stored("image/png", PNG, PNG),
            new Stored("text/plain", "ü".getBytes(UTF_8), "ü".getBytes(UTF_8)),
            new Stored("application/json", "\"\\u00fc\"".getBytes(UTF_8), "ü".getBytes(UTF_8)),
            new Stored(
                "application/json",
                "[1.10,\"\\ud800\"]".getBytes(UTF_8),
                "[1.10,\"\\ud800\"]".getBytes(UTF_8)))) {
      try (FakeNode other = new FakeNode().answers(200, stored.type(), stored.body())) {
        String[] get = {"get", "k", "--endpoint", other.endpoint(), "--out"};
        Shell.Ended output = Shell.run(with(get, "-"));
        assertThat(output.status()).as(output.toString()).isZero();
        assertThat(output.bytes()).isEqualTo(stored.written());
        Shell.Ended toFile = Shell.run(with(get, file));
        assertThat(toFile.status()).as(toFile.toString()).isZero();
        assertThat(toFile.out()).contains(stored.written().length + " bytes of " + stored.type());
        assertThat(Files.readAllBytes(FileNames.path("--out", file))).isEqualTo(stored.written());
        JsonNode json = ClientOptions.JSON.readTree(Shell.run(with(get, file, "-o", "json")).out());
        assertThat(json.path("contentType").asText()).isEqualTo(stored.type());
        assertThat(json.path("context").asText()).isEqualTo("ctx");
        assertThat(other.requests().get(0).uri().getQuery()).isEqualTo("key=k&raw=true");
      }
    }
  }

  private static String[] with(String[] args, String... more) {
    String[] all = java.util.Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return all;
  }

  @Test
  void whatIsNotThereOrHasSiblingsLeavesTheFileAlone() throws IOException {
    String file = file(PNG);
    node.answersProblem(404, "not-found").answersJson(300, "{\"siblings\":[]}");
    assertThat(run("get", "k", "--out", file).status()).isEqualTo(ExitStatus.NOT_FOUND);
    Shell.Ended siblings = run("get", "k", "--out", file);
    assertThat(siblings.status()).isEqualTo(ExitStatus.CONFLICT);
    assertThat(siblings.err()).contains("siblings", "nothing was written");
    assertThat(Files.readAllBytes(FileNames.path("--out", file))).isEqualTo(PNG);
    node.answersJson(200, "1").answersJson(200, "1");
    assertThat(run("get", "k", "--out", file).status()).isEqualTo(ExitStatus.CONFLICT);
    Shell.Ended full = run("get", "k", "--out", directory.toString());
    assertThat(full.status()).as(full.toString()).isEqualTo(ExitStatus.FAILED);
    assertThat(full.err()).contains(directory + " cannot be written");
  }

  @Test
  void whatIsNoTextIsNotPrintedAsText() {
    String base64 = Base64.getEncoder().encodeToString(PNG);
    String bytes =
        "{\"value\":\"" + base64 + "\",\"encoding\":\"base64\",\"contentType\":\"image/png\"}";
    node.answersJson(200, bytes)
        .answersJson(300, "{\"siblings\":[{\"value\":\"text\"}," + bytes + "]}")
        .answersJson(200, "{\"value\":\"a\\ud800\"}");
    for (int i = 0; i < 2; i++) {
      Shell.Ended get = run("get", "k");
      assertThat(get.status()).as(get.toString()).isEqualTo(ExitStatus.USAGE);
      assertThat(get.err()).contains("8 bytes of image/png", "--out");
      assertThat(get.out()).isEmpty();
    }
    Shell.Ended half = run("get", "k");
    assertThat(half.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(half.err()).contains("half a surrogate pair");
    assertThat(half.out()).isEmpty();
  }

  @Test
  void halfASurrogatePairInJsonIsPrintedAsItsEscape() throws IOException {
    node.answersJson(200, "{\"value\":[\"\\ud800\",\"\\udc00x\",\"\ud83d\ude00\"]}");
    assertThat(run("get", "k").out()).isEqualTo("[\"\\ud800\",\"\\udc00x\",\"\ud83d\ude00\"]\n");
    assertThat(ExactJson.read(run("get", "k", "-o", "json").out()).path("value").get(1).asText())
        .isEqualTo("\udc00x");
  }

  @Test
  void anAnswerThatCannotBePrintedIsAFailure() {
    node.answersJson(200, "{\"value\":\"v\"}");
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("No space left on device");
          }
        };
    for (String[] get : new String[][] {{"get", "k"}, {"get", "k", "--out", "-"}}) {
      ByteArrayOutputStream err = new ByteArrayOutputStream();
      int status =
          Starling.run(
              new StandardStreams(new ByteArrayInputStream(new byte[0]), full, err),
              with(get, "--endpoint", node.endpoint()));
      assertThat(status).isEqualTo(ExitStatus.FAILED);
      assertThat(err.toString(UTF_8)).contains("standard output cannot be written: No space left");
    }
  }
}
