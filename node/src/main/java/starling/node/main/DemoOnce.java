package starling.node.main;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import starling.client.Body;
import starling.client.Request;
import starling.client.Response;
import starling.client.StarlingException;

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
    Body hello = Body.of("{\"value\":\"hello\"}".getBytes(StandardCharsets.UTF_8), Body.JSON);
    if (!done("put greeting through n1", 0, api -> api.write(Request.put(PATH, hello), null))) {
      return ExitStatus.FAILED;
    }
    nodes.get(1).kill();
    print.accept("kill -9 of n2");
    if (!done("get greeting through n3", 2, api -> hello(api.get(PATH)))) {
      return ExitStatus.FAILED;
    }
    nodes.get(1).start();
    if (!nodes.get(1).awaitReady()) {
      print.accept("restart of n2: it did not become ready");
      return ExitStatus.FAILED;
    }
    return done("get greeting through n2 after its restart", 1, api -> hello(api.get(PATH)))
        ? ExitStatus.DONE
        : ExitStatus.FAILED;
  }

  private static Response hello(Response answer) {
    if (!GetCommand.text(Api.json(answer)).equals("hello")) {
      throw new CommandFailedException("the answer is " + answer.text());
    }
    return answer;
  }

  private boolean done(String step, int node, Function<Api, Response> request) {
    try (Api api = new Api(List.of(nodes.get(node).http()), null)) {
      print.accept(step + ": " + request.apply(api).status());
      return true;
    } catch (StarlingException e) {
      print.accept(step + ": " + Api.text(e));
    } catch (CommandFailedException e) {
      print.accept(step + ": " + e.getMessage());
    }
    return false;
  }
}
