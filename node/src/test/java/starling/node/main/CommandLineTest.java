package starling.node.main;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Usage, help and refusals of the command line, without a process or a cluster. */
class CommandLineTest {
  private static Shell.Ended run(String... args) {
    return Shell.run(args);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "frobnicate",
        "--frobnicate",
        "get",
        "get a b",
        "get k --w 1",
        "put k v --r 1",
        "explain k --pw 1",
        "put a",
        "put a b c",
        "delete",
        "explain",
        "get k -o xml",
        "get k --endpoint nowhere",
        "get k --endpoint a:99999",
        "get k --token-file /no/such/file",
        "members extra",
        "serve extra",
        "serve --frobnicate",
        "serve --http",
        "serve --http nonsense",
        "serve --set weight",
        "serve --set weigth=1",
        "serve --set weight=0",
        "serve --set weight=0 --set weight=5",
        "serve --http 127.0.0.1:7000 --peer 127.0.0.1:7000",
        "serve --insecure --advertise-http 0.0.0.0:80",
        "serve --data=",
        "get k --endpoint 127.0.0.1:0",
        "get k --endpoint https://127.0.0.1:1",
        "get k --out - -o json",
        "get k --out=",
        "put k v --file f",
        "put k v --content-type text/plain",
        "put k - --content-type nonsense",
        "put k - --content-type application/json",
        "put k - --json --content-type text/plain",
        "put k - --context not:base64",
        "put k --file=",
        "put k v --idempotency-key=",
        "serve --config /no/such/file",
        "serve --http 0.0.0.0:0 --insecure",
        "serve --http 192.0.2.1:0",
        "serve --set security.tokens=x",
        "demo --twice",
      })
  void wrongUsageIsOneLineAndStatusTwo(String words) {
    Shell.Ended run = run(words.isEmpty() ? new String[0] : words.split(" "));
    assertThat(run.status()).as(run.toString()).isEqualTo(ExitStatus.USAGE);
    assertThat(run.err().lines()).as(run.err()).hasSize(1);
    assertThat(run.err()).startsWith("starling: ");
    assertThat(run.out()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "join",
        "leave n1 --force",
        "remove n1",
        "replace n1 n2",
        "repair --bucket x",
        "backup --to /tmp",
        "restore",
        "tasks -o json"
      })
  void anUnbuiltCommandSaysSoWhateverItIsGiven(String words) {
    Shell.Ended run = run(words.split(" "));
    assertThat(run.status()).isEqualTo(ExitStatus.FAILED);
    assertThat(run.err().strip())
        .isEqualTo("starling: '" + words.split(" ")[0] + "' is not built yet");
    assertThat(run.out()).isEmpty();
  }

  @Test
  void nobodyToAskIsUnavailable() {
    for (String command : List.of("get k", "put k v", "delete k", "status", "members", "ring")) {
      Shell.Ended run = run((command + " --endpoint 127.0.0.1:1").split(" "));
      assertThat(run.status()).as(command).isEqualTo(ExitStatus.UNAVAILABLE);
      assertThat(run.err().lines()).hasSize(1);
    }
  }

  @Test
  void aValueThatIsNotJsonIsWrongUsage() {
    for (String value : List.of("{", "1 2", "[1],", "nul")) {
      Shell.Ended run = run("put", "k", value, "--json", "--endpoint", "127.0.0.1:1");
      assertThat(run.status()).as(value).isEqualTo(ExitStatus.USAGE);
    }
  }

  @Test
  void aLineBreakInAMessageIsShownAsAnEscape() {
    Shell.Ended run = run("serve", "--zone", "a\nb");
    assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(run.err())
        .isEqualTo(
            "starling: zone must be one line without control characters, but is 'a\\u000ab'\n");
  }

  @Test
  void outputThatCannotBeWrittenIsAFailure() {
    for (String[] command : new String[][] {{"--version"}, {"--help"}, {"serve", "--help"}}) {
      ByteArrayOutputStream err = new ByteArrayOutputStream();
      OutputStream full =
          new OutputStream() {
            @Override
            public void write(int b) throws IOException {
              throw new IOException("No space left on device");
            }
          };
      int status =
          Starling.run(
              new StandardStreams(new ByteArrayInputStream(new byte[0]), full, err), command);
      assertThat(status).isEqualTo(ExitStatus.FAILED);
      assertThat(err.toString(StandardCharsets.UTF_8))
          .isEqualTo(
              "starling: standard output cannot be written: No space left on device; the command"
                  + " itself was done\n");
    }
  }

  @Test
  void aTokenIsNeverShown(@TempDir Path directory) throws IOException {
    Path file = Files.writeString(directory.resolve("token"), "top secret\u00fc");
    Shell.Ended run = run("get", "k", "--token-file", file.toString());
    assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(run.err()).contains("holds no token").doesNotContain("secret");
  }

  @Test
  void theHelpOfServeListsEveryOptionOfTheFile() {
    Shell.Ended run = run("serve", "--help");
    assertThat(run.status()).isZero();
    for (Option option : Option.values()) {
      assertThat(run.out()).contains(option.path(), option.otherwise());
    }
    assertThat(run.out()).doesNotContain("until-stdin-closes");
  }

  @Test
  void helpListsEveryCommand() {
    Shell.Ended run = run("--help");
    assertThat(run.status()).isZero();
    for (String command : Starling.commandLine(Shell.nowhere()).getSubcommands().keySet()) {
      assertThat(run.out()).contains("  " + command);
    }
    assertThat(run("--version").out()).startsWith("starling ");
  }

  @Test
  void printedJsonKeepsItsDigits() throws IOException {
    for (String text :
        List.of("1.10", "1e400", "123456789012345678901234567890", "-0.0", "1.0E+2")) {
      assertThat(ExactJson.read("[" + text + "]").toString()).isEqualTo("[" + text + "]");
    }
  }

  /** The list of commands shows only the first line of each description. */
  @Test
  void theFirstLineOfEachCommandIsAWholeSentence() {
    Starling.commandLine(Shell.nowhere())
        .getSubcommands()
        .forEach(
            (name, command) ->
                assertThat(command.getCommandSpec().usageMessage().description()[0])
                    .as(name)
                    .endsWith("."));
  }
}
