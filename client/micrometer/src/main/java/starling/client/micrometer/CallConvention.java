package starling.client.micrometer;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

/** Names and key values of observed calls; extend {@link DatabaseConvention} to change some. */
public interface CallConvention extends ObservationConvention<CallContext> {
  @Override
  default boolean supportsContext(Observation.Context context) {
    return context instanceof CallContext;
  }
}
