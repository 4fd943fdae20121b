package starling.node.main;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/** The demo for scripts: a write survives the loss of a node, in four steps. */
final class DemoOnce {
  private static final String PATH = "/api/v1/store/greeting";

  private final List<DemoNode> nodes;
  private final Consumer<String> print;

  DemoOnce(List<DemoNode> nodes, Consumer<String> print) {
    this.nodes = nodes;
    this.print = print;
  }

  int run() throws IOException, InterruptedException {
    Api.Body body = Api.Body.json("{\"value\":\"hello\"}");
    Api.Answer put = api(0).write("PUT", PATH, body, null);
    if (!said("put greeting through n1", put, 201)) {
      return ExitStatus.FAILED;
    }
    nodes.get(1).kill();
    print.accept("kill -9 of n2");
    if (!said("get greeting through n3", api(2).get(PATH), 200)) {
      return ExitStatus.FAILED;
    }
    nodes.get(1).start();
    if (!nodes.get(1).awaitReady()) {
      print.accept("restart of n2: it did not become ready");
      return ExitStatus.FAILED;
    }
    return said("get greeting through n2 after its restart", api(1).get(PATH), 200)
        ? ExitStatus.DONE
        : ExitStatus.FAILED;
  }

  private Api api(int node) {
    return new Api(List.of(nodes.get(node).http()), null);
  }

  private boolean said(String step, Api.Answer answer, int status) {
    boolean well =
        answer.status() == status
            && (status != 200 || GetCommand.text(answer.json()).equals("hello"));
    print.accept(step + ": " + answer.status() + (well ? "" : " " + answer.body()));
    return well;
  }
}
