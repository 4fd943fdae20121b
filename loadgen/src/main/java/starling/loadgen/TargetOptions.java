package starling.loadgen;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import starling.client.Behavior;
import starling.client.InvalidRequestException;
import starling.client.Starling;
import starling.client.StarlingException;

/** Options of commands that talk to a cluster. */
final class TargetOptions {
  /** More than any load that is still in flight: the generator bounds its own calls. */
  private static final int MAX_WAITING = 1 << 16;

  @Option(
      names = "--target",
      required = true,
      arity = "1..*",
      split = ",",
      paramLabel = "HOST:PORT",
      description = "REST API of one or more nodes; the client finds the others.")
  private List<String> targets = new ArrayList<>();

  @Option(
      names = "--bucket",
      defaultValue = "loadgen",
      paramLabel = "NAME",
      description = "Bucket that is used. Default: ${DEFAULT-VALUE}")
  private String bucket = "loadgen";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  List<String> targets() {
    return targets;
  }

  String bucket() {
    return bucket;
  }

  ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /**
   * A client that has found a node.
   *
   * @throws ParameterException for an address that is none
   * @throws RunFailedException if no node answers
   */
  Starling connect(Behavior behavior, Duration timeout) {
    Starling starling;
    try {
      starling =
          Starling.builder()
              .endpoints(targets.toArray(String[]::new))
              .behavior(behavior)
              .maxWaiting(MAX_WAITING)
              .build();
    } catch (InvalidRequestException e) {
      throw wrong("--target: " + e.getMessage());
    }
    try {
      starling.bucket(bucket);
      starling.with(Behavior.DEFAULT.deadline(timeout)).cluster().members().join();
      return starling;
    } catch (InvalidRequestException e) {
      starling.close();
      throw wrong("--bucket: " + e.getMessage());
    } catch (java.util.concurrent.CompletionException e) {
      starling.close();
      String why = e.getCause() instanceof StarlingException s ? s.getMessage() : e.getMessage();
      throw new RunFailedException(
          "no node of a cluster answers at "
              + String.join(", ", targets)
              + "; start one or correct --target ("
              + why
              + ")",
          e);
    }
  }

  /** A duration such as 500ms, 30s or 2m. */
  Duration duration(String option, String text, Duration min, Duration max) {
    java.util.regex.Matcher form =
        java.util.regex.Pattern.compile("(\\d{1,9})(ms|s|m|h)").matcher(text);
    if (form.matches()) {
      long count = Long.parseLong(form.group(1));
      Duration duration =
          switch (form.group(2)) {
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            default -> Duration.ofHours(count);
          };
      if (duration.compareTo(min) >= 0 && duration.compareTo(max) <= 0) {
        return duration;
      }
    }
    throw wrong(
        option
            + " must be from "
            + min.toSeconds()
            + "s to "
            + max.toHours()
            + "h, such as 500ms, 30s or 2m, not '"
            + text
            + "'");
  }

  long within(String option, long value, long min, long max) {
    if (value < min || value > max) {
      throw wrong(option + " must be from " + min + " to " + max + ", not " + value);
    }
    return value;
  }
}
