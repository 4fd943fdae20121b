package starling.node.main;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import starling.node.runtime.http.ApiServer;

/** The commands list, export and import against a running API. */
class ListingCommandsTest {
  private ApiServer server;
  @TempDir private Path directory;

  @BeforeEach
  void start() {
    server = ApiServer.start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Shell.Ended run(String... words) {
    List<String> all = new ArrayList<>(Arrays.asList(words));
    all.add("--endpoint");
    all.add("127.0.0.1:" + server.port);
    return Shell.run(all.toArray(String[]::new));
  }

  private void fill() {
    server.putJson("/api/v1/buckets/from/store/a", "{\"value\":{\"n\":1.10}}");
    server.putJson("/api/v1/buckets/from/store/b", "{\"value\":\"AAE=\",\"encoding\":\"base64\"}");
    server.putJson("/api/v1/buckets/from/store/s", "{\"value\":1}");
    server.putJson("/api/v1/buckets/from/store/s", "{\"value\":2,\"context\":\"\"}");
  }

  private String value(String key) {
    return server.get("/api/v1/buckets/to/store/" + key + "?siblings=list").text();
  }

  private Path export() {
    Path file = directory.resolve("export");
    Shell.Ended run = run("export", "--bucket", "from", "--out", file.toString());
    assertThat(run.status()).as(run.toString()).isZero();
    return file;
  }

  @Test
  void listPrintsTheKeysOfABucket() {
    fill();
    Shell.Ended run = run("list", "--bucket", "from");
    assertThat(run.status()).as(run.toString()).isZero();
    assertThat(run.out()).isEqualTo("a\nb\ns\n");
    assertThat(run("list", "--bucket", "from", "--prefix", "b", "-o", "json").out())
        .isEqualTo("{\"key\":\"b\"}\n");
    assertThat(run("list").out()).isEmpty();
  }

  @Test
  void anIncompleteListingEndsWithAWarningAndStatusOne() {
    fill();
    server.missing(3);
    for (String[] words :
        new String[][] {
          {"list", "--bucket", "from"}, {"export", "--bucket", "from", "--out", "-"}
        }) {
      Shell.Ended run = run(words);
      assertThat(run.status()).isEqualTo(ExitStatus.FAILED);
      assertThat(run.err()).contains("no complete replica answered for 3 partitions");
      assertThat(run.out()).contains("a");
    }
  }

  @Test
  void anExportIsImportedWithAllItsValues() throws IOException {
    fill();
    Path file = export();
    assertThat(Files.readString(file)).contains("1.10").endsWith("{\"complete\":true}\n");
    Shell.Ended run = run("import", "--bucket", "to", "--in", file.toString());
    assertThat(run.status()).as(run.toString()).isZero();
    assertThat(run.err()).contains("imported 3 entries, skipped 0");
    assertThat(value("a")).contains("\"value\":{\"n\":1.10}");
    assertThat(value("b")).contains("\"value\":\"AAE=\",\"encoding\":\"base64\"");
    assertThat(value("s")).contains("\"value\":1").contains("\"value\":2");
    assertThat(directory.resolve("export.progress")).doesNotExist();
  }

  @Test
  void keysThatHoldAValueAreSkippedUnlessOverwritten() {
    fill();
    Path file = export();
    server.putJson("/api/v1/buckets/to/store/a", "{\"value\":\"mine\"}");
    Shell.Ended skipping = run("import", "--bucket", "to", "--in", file.toString());
    assertThat(skipping.err()).contains("imported 2 entries, skipped 1");
    assertThat(value("a")).contains("mine").doesNotContain("1.10");
    Shell.Ended over = run("import", "--bucket", "to", "--in", file.toString(), "--overwrite");
    assertThat(over.status()).as(over.toString()).isZero();
    assertThat(value("a")).contains("1.10").doesNotContain("mine");
    assertThat(value("s")).contains("\"value\":1").contains("\"value\":2");
  }

  @Test
  void aFileWithoutTheLastLineIsImportedWithAWarning() throws IOException {
    fill();
    Path file = export();
    String whole = Files.readString(file);
    Files.writeString(file, whole.replace("{\"complete\":true}\n", ""));
    Shell.Ended cut = run("import", "--bucket", "to", "--in", file.toString());
    assertThat(cut.status()).isEqualTo(ExitStatus.FAILED);
    assertThat(cut.err()).contains("imported 3").contains("does not end with the last line");
    Files.writeString(
        file, whole.replace("{\"complete\":true}", "{\"complete\":false,\"missing\":2}"));
    Shell.Ended incomplete = run("import", "--bucket", "to", "--in", file.toString());
    assertThat(incomplete.status()).isEqualTo(ExitStatus.FAILED);
    assertThat(incomplete.err()).contains("incomplete export");
  }

  @Test
  void aLineThatIsNoEntryStopsTheImportWithItsNumber() throws IOException {
    for (String bad : List.of("nonsense", "{}", "{\"key\":1,\"value\":1}", "{\"key\":\"k\"}")) {
      Path file = directory.resolve("bad" + bad.length());
      Files.writeString(
          file, "{\"key\":\"x\",\"value\":1}\n" + bad + "\n{\"key\":\"y\",\"value\":1}\n");
      Shell.Ended run = run("import", "--bucket", "to", "--in", file.toString());
      assertThat(run.status()).isEqualTo(ExitStatus.FAILED);
      assertThat(run.err()).contains("line 2 is no entry");
    }
    assertThat(value("x")).contains("\"value\":1");
    assertThat(server.get("/api/v1/buckets/to/store/y").status()).isEqualTo(404);
  }

  @Test
  void anImportContinuesAtTheBadLineOnceItIsMended() throws IOException {
    Path file = directory.resolve("mended");
    String first = "{\"key\":\"x\",\"value\":1}\n";
    Files.writeString(file, first + "nonsense\n");
    run("import", "--bucket", "to", "--in", file.toString());
    assertThat(directory.resolve("mended.progress")).exists();
    server.putJson("/api/v1/buckets/to/store/x", "{\"value\":\"changed\"}");
    Files.writeString(file, first + "{\"key\":\"y\",\"value\":2}\n{\"complete\":true}\n");
    Shell.Ended run = run("import", "--bucket", "to", "--in", file.toString(), "--overwrite");
    assertThat(run.status()).as(run.toString()).isZero();
    assertThat(run.err()).contains("continues behind line 1").contains("imported 1 entries");
    assertThat(value("x")).contains("changed");
    assertThat(value("y")).contains("\"value\":2");
  }

  @Test
  void aBrokenExportContinuesAtItsLastCursor() throws IOException {
    for (int i = 0; i < 1_500; i++) {
      server.putJson("/api/v1/buckets/from/store/k" + (10_000 + i), "{\"value\":" + i + "}");
    }
    Path file = export();
    String whole = Files.readString(file);
    int cursor = whole.indexOf("{\"cursor\"");
    int behind = whole.indexOf('\n', cursor) + 1;
    for (int cut : new int[] {0, 100, cursor - 1, behind - 1, behind, behind + 50}) {
      Files.writeString(file, whole.substring(0, cut));
      Shell.Ended run = run("export", "--bucket", "from", "--out", file.toString(), "--continue");
      assertThat(run.status()).as(run.toString()).isZero();
      assertThat(keys(Files.readString(file))).isEqualTo(keys(whole));
    }
    Shell.Ended ended = run("export", "--bucket", "from", "--out", file.toString(), "--continue");
    assertThat(ended.status()).isZero();
    assertThat(ended.err()).contains("nothing is left");
  }

  private static List<String> keys(String export) {
    List<String> keys = new ArrayList<>();
    for (String line : export.split("\n")) {
      if (line.contains("\"key\"")) {
        keys.add(line.substring(0, line.indexOf("\"value\"")));
      }
    }
    return keys;
  }

  @Test
  void aListingIsReadPageByPageAndEachLineComesOnce() throws IOException {
    String lines = "application/x-ndjson";
    String a = "{\"key\":\"a\",\"value\":1.10}\n{\"cursor\":\"c1\"}\n";
    String b = "{\"key\":\"b\",\"value\":2}\n{\"cursor\":\"c2\"}\n";
    String c = "{\"key\":\"c\",\"value\":3}\n";
    String end = "{\"complete\":true}\n";
    try (FakeNode node =
        new FakeNode()
            .answers(200, lines, (a + b + end).getBytes(UTF_8))
            .breaksOffAfter(lines, c)
            .answers(200, lines, (c + end).getBytes(UTF_8))) {
      Path file = directory.resolve("pages");
      Shell.Ended run =
          Shell.run("export", "--endpoint", node.endpoint(), "--out", file.toString());
      assertThat(run.status()).as(run.toString()).isZero();
      assertThat(Files.readString(file)).isEqualTo(a + b + c + end);
      assertThat(node.requests())
          .extracting(request -> request.uri().toString())
          .containsExactly(
              "/api/v1/store?limit=1000&values=true",
              "/api/v1/store?limit=1000&values=true&cursor=c2",
              "/api/v1/store?limit=1000&values=true&cursor=c2");
    }
  }

  @Test
  void aListingThatFailsWithinSaysHowFarItGot() {
    try (FakeNode node =
        new FakeNode()
            .answers(
                200,
                "application/x-ndjson",
                "{\"key\":\"a\"}\n{\"cursor\":\"c1\"}\n{\"complete\":true}\n".getBytes(UTF_8))
            .answersProblem(503, "unavailable")) {
      Shell.Ended run = Shell.run("export", "--endpoint", node.endpoint(), "--out", "-");
      assertThat(run.status()).isEqualTo(ExitStatus.UNAVAILABLE);
      assertThat(run.err()).contains("503 Nothing was done", "exported 1 entries", "--continue");
      assertThat(run.out()).isEqualTo("{\"key\":\"a\"}\n{\"cursor\":\"c1\"}\n");
    }
  }

  @Test
  void standardStreamsServeToo() {
    fill();
    Shell.Ended exported = run("export", "--bucket", "from", "--out", "-");
    assertThat(exported.status()).isZero();
    Shell.Ended imported =
        Shell.runWith(
            exported.bytes(),
            "import",
            "--bucket",
            "to",
            "--in",
            "-",
            "--endpoint",
            "127.0.0.1:" + server.port);
    assertThat(imported.status()).as(imported.toString()).isZero();
    assertThat(value("a")).contains("1.10");
    Shell.Ended usage = run("export", "--out", "-", "--continue");
    assertThat(usage.status()).isEqualTo(ExitStatus.USAGE);
  }

  @Test
  void whatCannotWorkIsSaid() throws IOException {
    assertThat(run("import", "--in", directory.resolve("none").toString()).err())
        .contains("no such file");
    assertThat(run("export").status()).isEqualTo(ExitStatus.USAGE);
    assertThat(run("list", "--bucket", "a/b").status()).isEqualTo(ExitStatus.USAGE);
    Shell.Ended unreachable = Shell.run("list", "--endpoint", "127.0.0.1:1");
    assertThat(unreachable.status()).isEqualTo(ExitStatus.UNAVAILABLE);
    Path file = directory.resolve("f");
    Files.write(file, "{\"complete\":true}\n".getBytes(UTF_8));
    Files.writeString(directory.resolve("f.progress"), "{\"id\":\"x\",\"bytes\":999,\"line\":9}");
    assertThat(run("import", "--in", file.toString()).err()).contains("is not of this file");
  }
}
