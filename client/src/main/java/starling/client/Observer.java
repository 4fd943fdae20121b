package starling.client;

import org.jspecify.annotations.Nullable;

/**
 * Told what happens to calls, for metrics and traces. All methods run on the client's thread or the
 * caller's and must not wait. What an observer throws is ignored: no observer fails a call or keeps
 * a client alive.
 */
public interface Observer {
  /** An observer that observes nothing. */
  Observer NONE =
      (operation, bucket) ->
          new Observation() {
            // All of it is empty.
          };

  /** A call begins. */
  Observation start(Operation operation, String bucket);

  /** One call. */
  interface Observation {
    /** A request is sent. */
    default void attempt(String node) {}

    /**
     * A node has answered, with success or not.
     *
     * @param status the HTTP status
     */
    default void answered(String node, int status) {}

    /** The next request is a retry, and why. */
    default void retried(String cause) {}

    /** The next request is a hedged one. */
    default void hedged() {}

    /**
     * The call has ended.
     *
     * @param outcome null for a success
     * @param kind of the failure; null for a success
     */
    default void finished(StarlingException.@Nullable Outcome outcome, @Nullable String kind) {}
  }
}
