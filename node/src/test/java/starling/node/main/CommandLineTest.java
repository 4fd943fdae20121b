package starling.node.main;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Usage, help and refusals of the command line, without a process or a cluster. */
class CommandLineTest {
  private record Run(int status, String out, String err) {}

  private static Run run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line =
        Starling.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int status = line.execute(args);
    return new Run(status, out.toString(), err.toString());
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
        "serve --config /no/such/file",
        "serve --http 0.0.0.0:0 --insecure",
        "serve --http 192.0.2.1:0",
        "serve --set security.tokens=x",
        "demo --twice",
      })
  void wrongUsageIsOneLineAndStatusTwo(String words) {
    Run run = run(words.isEmpty() ? new String[0] : words.split(" "));
    assertThat(run.status()).as(run.toString()).isEqualTo(ExitStatus.USAGE);
    assertThat(run.err().lines()).as(run.err()).hasSize(1);
    assertThat(run.err()).startsWith("starling: ");
    assertThat(run.out()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "list",
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
    Run run = run(words.split(" "));
    assertThat(run.status()).isEqualTo(ExitStatus.FAILED);
    assertThat(run.err().strip())
        .isEqualTo("starling: '" + words.split(" ")[0] + "' is not built yet");
    assertThat(run.out()).isEmpty();
  }

  @Test
  void nobodyToAskIsUnavailable() {
    for (String command : List.of("get k", "put k v", "delete k", "status", "members", "ring")) {
      Run run = run((command + " --endpoint 127.0.0.1:1").split(" "));
      assertThat(run.status()).as(command).isEqualTo(ExitStatus.UNAVAILABLE);
      assertThat(run.err().lines()).hasSize(1);
    }
  }

  @Test
  void aValueThatIsNotJsonIsWrongUsage() {
    for (String value : List.of("{", "1 2", "[1],", "nul")) {
      Run run = run("put", "k", value, "--json", "--endpoint", "127.0.0.1:1");
      assertThat(run.status()).as(value).isEqualTo(ExitStatus.USAGE);
    }
  }

  @Test
  void theHelpOfServeListsEveryOptionOfTheFile() {
    Run run = run("serve", "--help");
    assertThat(run.status()).isZero();
    for (Option option : Option.values()) {
      assertThat(run.out()).contains(option.path(), option.otherwise());
    }
    assertThat(run.out()).doesNotContain("until-stdin-closes");
  }

  @Test
  void helpListsEveryCommand() {
    Run run = run("--help");
    assertThat(run.status()).isZero();
    for (String command : Starling.commandLine().getSubcommands().keySet()) {
      assertThat(run.out()).contains("  " + command);
    }
    assertThat(run("--version").out()).startsWith("starling ");
  }

  @Test
  void printedJsonKeepsItsDigits() throws java.io.IOException {
    for (String text :
        List.of("1.10", "1e400", "123456789012345678901234567890", "-0.0", "1.0E+2")) {
      assertThat(ExactJson.read("[" + text + "]").toString()).isEqualTo("[" + text + "]");
    }
  }
}
