package starling.client.micrometer;

import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.SenderContext;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import starling.client.Operation;
import starling.client.StarlingException;

/**
 * What is known of one call of a client. Tracers make a span of the kind {@code CLIENT} of it. A
 * node continues no trace, so none travels with a request: the id of a request does, and is in the
 * logs of all nodes that it reached.
 */
public final class CallContext extends SenderContext<CallContext> {
  private final Operation operation;
  private final String bucket;
  private @Nullable String node;
  private int status;
  private int requests;
  private StarlingException.@Nullable Outcome outcome;
  private @Nullable String kind;

  CallContext(Operation operation, String bucket) {
    super((carrier, key, value) -> {}, Kind.CLIENT);
    this.operation = operation;
    this.bucket = bucket;
    setCarrier(this);
    setRemoteServiceName("starling");
  }

  /** What the call does. */
  public Operation operation() {
    return operation;
  }

  /** The bucket; empty for a call that concerns none. */
  public String bucket() {
    return bucket;
  }

  /** The node that answered last, or else was asked last, {@code host:port}. */
  public Optional<String> node() {
    return Optional.ofNullable(node);
  }

  /** The HTTP status of the last answer; 0 where no node answered. */
  public int status() {
    return status;
  }

  /** How many requests were sent. */
  public int requests() {
    return requests;
  }

  /** Whether a write may have happened; present after a failure. */
  public Optional<StarlingException.Outcome> outcome() {
    return Optional.ofNullable(outcome);
  }

  /** The kind of the failure; present after one. */
  public Optional<String> kind() {
    return Optional.ofNullable(kind);
  }

  void onAttempt(String address) {
    requests++;
    if (status == 0) {
      node = address;
    }
  }

  void onAnswered(String address, int answer) {
    node = address;
    status = answer;
  }

  void onFailed(StarlingException.@Nullable Outcome end, String cause) {
    outcome = end;
    kind = cause;
  }
}
