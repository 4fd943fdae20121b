package starling.client;

import java.time.Duration;
import java.util.List;

/**
 * The requests of a call, in the order in which they were sent.
 *
 * @param list empty where the call failed before it was sent
 * @param total the time from the beginning of the call to its end
 */
public record Attempts(List<Attempt> list, Duration total) {
  static final Attempts NONE = new Attempts(List.of(), Duration.ZERO);

  public Attempts {
    list = List.copyOf(list);
  }

  @Override
  public String toString() {
    return list.isEmpty() ? "no request was sent" : list.toString();
  }
}
