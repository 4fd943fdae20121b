package starling.loadgen;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import starling.client.Behavior;
import starling.client.Starling;
import starling.loadgen.check.Finding;
import starling.loadgen.check.Verified;

/** {@code check}: a workload whose every answer is verified. */
@Command(
    name = "check",
    description =
        "Verifies a cluster, while anything may happen to it: status 0 only if no acknowledged write"
            + " was lost, no value was invented, nothing deleted came back, no session forgot, and listings"
            + " were right.",
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
  private static final int MAX_CLIENTS = 1000;
  private static final int MAX_KEYS = 200;

  @Mixin private TargetOptions target;

  @Option(
      names = "--duration",
      defaultValue = "30s",
      paramLabel = "TIME",
      description = "How long clients read and write. Default: ${DEFAULT-VALUE}")
  private String duration = "30s";

  @Option(
      names = "--settle",
      defaultValue = "3m",
      paramLabel = "TIME",
      description =
          "The most time after that until all primaries answer and hints are delivered; a cluster in"
              + " order takes none of it. Default: ${DEFAULT-VALUE}")
  private String settle = "3m";

  @Option(
      names = "--concurrency",
      defaultValue = "16",
      paramLabel = "N",
      description = "Clients, half of them in sessions. Default: ${DEFAULT-VALUE}")
  private int clients;

  @Option(
      names = "--keys",
      defaultValue = "32",
      paramLabel = "N",
      description = "Keys in use at once; few keys, many siblings. Default: ${DEFAULT-VALUE}")
  private int keys;

  @Option(
      names = "--seed",
      defaultValue = "1",
      paramLabel = "N",
      description = "Seed of what clients do. Default: ${DEFAULT-VALUE}")
  private long seed;

  @Spec private CommandSpec spec;
  private final Timings timings;

  CheckCommand(Timings timings) {
    this.timings = timings;
  }

  @Override
  public Integer call() throws InterruptedException {
    Duration run =
        target.duration("--duration", duration, timings.shortest(), Duration.ofHours(24));
    Duration rest = target.duration("--settle", settle, Duration.ofSeconds(1), Duration.ofHours(1));
    int many = (int) target.within("--concurrency", clients, 1, MAX_CLIENTS);
    int few = (int) target.within("--keys", keys, 1, MAX_KEYS);
    PrintWriter err = spec.commandLine().getErr();
    String prefix =
        "check-" + Long.toString(new SecureRandom().nextLong() >>> 1, Character.MAX_RADIX) + "-";
    try (Starling starling = target.connect(Behavior.DEFAULT, timings.connect())) {
      Verified verified = new Verified(starling, target.bucket(), prefix, many, few, seed);
      Verified.Verdict verdict = verified.run(run, rest, () -> err.println(verified.progress()));
      verdict.findings().forEach(finding -> err.println(finding.kind() + ": " + finding.text()));
      if (verdict.unread() > 0) {
        err.println(
            verdict.unread()
                + " keys could not be read from all primaries within --settle: nothing is known of"
                + " them; check 'starling status' and let the cluster recover, or settle longer");
      }
      if (!verdict.listed()) {
        err.println(
            "no complete listing could be had within --settle: nothing is known of listings; check"
                + " 'starling status' and let the cluster recover, or settle longer");
      }
      if (verdict.acknowledged() == 0) {
        err.println("no write was acknowledged, so nothing was verified");
      }
      spec.commandLine().getOut().println(json(verdict));
      return verdict.good() ? Loadgen.DONE : Loadgen.FAILED;
    }
  }

  private static ObjectNode json(Verified.Verdict verdict) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("verdict", verdict.good() ? "ok" : "failed");
    node.put("acknowledged", verdict.acknowledged());
    node.put("unknown", verdict.unknown());
    node.put("rejected", verdict.rejected());
    node.put("reads", verdict.reads());
    node.put("failedReads", verdict.failedReads());
    node.put("keys", verdict.keys());
    node.put("unread", verdict.unread());
    node.put("batches", verdict.batches());
    node.put("listings", verdict.listings());
    node.put("failedListings", verdict.failedListings());
    node.put("listed", verdict.listed());
    for (Finding.Kind kind : Finding.Kind.values()) {
      node.put(kind.name().toLowerCase(Locale.ROOT), verdict.count(kind));
    }
    return node;
  }
}
