package starling.client.micrometer;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;
import starling.client.Observer;
import starling.client.StarlingException;

/** One call and its observation. */
record ObservedCall(CallContext context, Observation observation) implements Observer.Observation {
  private static final Observation.Event RETRY = Observation.Event.of("retry");
  private static final Observation.Event HEDGE = Observation.Event.of("hedge");

  /** Starts an observation under the program's own names, or else those of the convention. */
  static ObservedCall start(
      CallContext context,
      @Nullable CallConvention own,
      CallConvention convention,
      ObservationRegistry registry) {
    return new ObservedCall(context, Observation.start(own, convention, () -> context, registry));
  }

  @Override
  public void attempt(String node) {
    context.onAttempt(node);
  }

  @Override
  public void answered(String node, int status) {
    context.onAnswered(node, status);
  }

  @Override
  public void retried(String cause) {
    observation.event(RETRY);
  }

  @Override
  public void hedged() {
    observation.event(HEDGE);
  }

  @Override
  public void finished(StarlingException.@Nullable Outcome outcome, @Nullable String kind) {
    try {
      if (kind != null) {
        context.onFailed(outcome, kind);
        observation.error(new CallFailed(kind));
      }
    } finally {
      observation.stop();
    }
  }

  /** Marks an observation as failed; the program has the exception itself. */
  private static final class CallFailed extends RuntimeException {
    private static final long serialVersionUID = 1;

    CallFailed(String kind) {
      super(kind, null, false, false);
    }
  }
}
