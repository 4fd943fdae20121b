package starling.client.micrometer;

import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;
import starling.client.Observer;
import starling.client.Operation;

/**
 * Reports each call as one observation, from the call of the program to its result, with all its
 * requests. Its parent is the observation that is current in the caller's thread. Retries and
 * hedged requests are events of it. Handlers run on the client's thread and must not wait; what
 * they throw fails no call. An observer refers to no client.
 */
public final class MicrometerObserver implements Observer {
  private static final Observation NOTHING = new Observation() {};

  private final ObservationRegistry registry;
  private final @Nullable CallConvention own;
  private final CallConvention convention = new DatabaseConvention();

  private MicrometerObserver(ObservationRegistry registry, @Nullable CallConvention own) {
    this.registry = registry;
    this.own = own;
  }

  /** Reports to a registry, under the names that it prefers or else OpenTelemetry's. */
  public static MicrometerObserver of(ObservationRegistry registry) {
    return new MicrometerObserver(registry, null);
  }

  /** The same under names of the program's own. */
  public MicrometerObserver with(CallConvention names) {
    return new MicrometerObserver(registry, names);
  }

  @Override
  public Observation start(Operation operation, String bucket) {
    if (registry.isNoop()) {
      return NOTHING;
    }
    return ObservedCall.start(new CallContext(operation, bucket), own, convention, registry);
  }
}
