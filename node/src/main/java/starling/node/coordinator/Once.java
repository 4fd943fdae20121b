package starling.node.coordinator;

import java.util.function.Consumer;
import starling.node.port.Contained;

/** A client's request: it ends once, even after errors. */
public class Once<T> implements Consumer<T> {
  private final Consumer<T> done;
  private boolean ended;

  public Once(Consumer<T> done) {
    this.done = done;
  }

  @Override
  public void accept(T outcome) {
    if (!ended) {
      ended = true;
      onEnd();
      var unused = Contained.tell("the answer to a client", done, outcome);
    }
  }

  /** Runs once, before the client gets the outcome. */
  void onEnd() {}
}
