package starling.client;

import java.util.List;

/** Too few nodes can answer now. */
public final class UnavailableException extends StarlingException {
  private static final long serialVersionUID = 1;

  private final int required;
  private final int alive;
  private final transient List<String> acknowledged;

  UnavailableException(Failure failure, int required, int alive, List<String> acknowledged) {
    super(failure);
    this.required = required;
    this.alive = alive;
    this.acknowledged = List.copyOf(acknowledged);
  }

  /** How many replicas the call needs; 0 where no node answered. */
  public int required() {
    return required;
  }

  /** How many of them are alive, as the node sees it. */
  public int alive() {
    return alive;
  }

  /** The names of replicas that have the write. */
  public List<String> acknowledged() {
    return acknowledged;
  }
}
