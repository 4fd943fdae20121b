package starling.client;

import org.jspecify.annotations.Nullable;

/**
 * An observer whose failures are ignored; errors too, such as those of a library of another version
 * than it was compiled for: a call whose observer broke off its end would have none.
 */
record SafeObserver(Observer observer) implements Observer {
  private static final Observation NOTHING = new Observation() {};

  @Override
  public Observation start(Operation operation, String bucket) {
    if (observer == NONE) {
      return NOTHING;
    }
    try {
      return new Safe(observer.start(operation, bucket));
    } catch (Throwable e) {
      return NOTHING;
    }
  }

  private record Safe(Observation observation) implements Observation {
    private static void safely(Runnable report) {
      try {
        report.run();
      } catch (Throwable e) {
        // An observer fails no call, and the client has no log of its own.
      }
    }

    @Override
    public void attempt(String node) {
      safely(() -> observation.attempt(node));
    }

    @Override
    public void answered(String node, int status) {
      safely(() -> observation.answered(node, status));
    }

    @Override
    public void retried(String cause) {
      safely(() -> observation.retried(cause));
    }

    @Override
    public void hedged() {
      safely(observation::hedged);
    }

    @Override
    public void finished(StarlingException.@Nullable Outcome outcome, @Nullable String kind) {
      safely(() -> observation.finished(outcome, kind));
    }
  }
}
