package starling.node.sim.workload;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import starling.node.request.BucketProperties.Conflict;
import starling.node.request.Condition;
import starling.node.request.Quorum;
import starling.node.request.ReadRequest;
import starling.node.request.RequestOptions;
import starling.node.request.WriteRequest;
import starling.node.storage.Durability;
import starling.node.version.Content;

/**
 * The forms in which a node of three replicas may be asked, each by a name: what is written, on
 * what condition, with what context, with an idempotency key or without, and each level that a
 * request can ask for itself. A swarm that never draws one of them says nothing about it.
 */
public final class RequestForms {
  /** Where a context comes from. */
  public enum Origin {
    NONE,
    EMPTY,
    READ,
    WRITE
  }

  private static final String FIRST_ATTEMPT = " as the first attempt under its idempotency key";
  public static final String REPLICAS = "replicas";
  public static final String BUCKET_CHANGE = "bucket change";

  private static final List<Quorum> LEVELS =
      List.of(Quorum.ONE, Quorum.QUORUM, Quorum.ALL, Quorum.of(1), Quorum.of(2), Quorum.of(3));

  private RequestForms() {}

  /** Every form. */
  public static SortedSet<String> all() {
    SortedSet<String> all = new TreeSet<>();
    for (Origin origin : Origin.values()) {
      all.add(context("read", origin));
    }
    levels("read r", LEVELS, all);
    levels("read pr", primaries(), all);
    all.add(level("read timeoutMs", null));
    all.add("read timeoutMs own");
    for (String what : List.of("write", "delete")) {
      all.add(what + FIRST_ATTEMPT);
      for (boolean named : new boolean[] {false, true}) {
        for (Origin origin : Origin.values()) {
          all.add(named(context(what, origin), named));
        }
        all.add(named(what + " lww", named));
        for (Origin origin : Origin.values()) {
          all.add(named(context(condition(what, Condition.PRESENT), origin), named));
        }
        all.add(named(condition(what, new Condition.Matches(Set.of())), named));
      }
      levels(what + " w", LEVELS, all);
      levels(what + " pw", primaries(), all);
      all.add(level(what + " timeoutMs", null));
      all.add(what + " timeoutMs own");
      all.add(level(what + " durability", null));
      for (Durability durability : Durability.values()) {
        all.add(level(what + " durability", durability));
      }
    }
    // A delete of what is not there is no request of the contract.
    all.add(named(condition("write", Condition.ABSENT), false));
    all.add(named(condition("write", Condition.ABSENT), true));
    levels("condition r", LEVELS, all);
    all.add(REPLICAS);
    all.add(BUCKET_CHANGE);
    return all;
  }

  private static List<Quorum> primaries() {
    List<Quorum> all = new ArrayList<>(LEVELS);
    all.add(Quorum.ZERO);
    return all;
  }

  private static void levels(String of, Collection<Quorum> levels, Collection<String> all) {
    all.add(level(of, null));
    levels.forEach(level -> all.add(level(of, level)));
  }

  /** What a read is an instance of. */
  public static List<String> of(ReadRequest request, Origin origin) {
    RequestOptions options = request.options();
    return List.of(
        context("read", origin),
        level("read r", options.r()),
        level("read pr", options.pr()),
        timeout("read", options));
  }

  /** What a write is an instance of, in a bucket that keeps siblings or not. */
  public static List<String> of(WriteRequest request, Origin origin, Conflict conflict) {
    RequestOptions options = request.options();
    String what = request.content().kind() == Content.Kind.TOMBSTONE ? "delete" : "write";
    boolean named = request.idempotency() != null;
    List<String> forms = new ArrayList<>();
    if (conflict == Conflict.LWW) {
      forms.add(named(what + " lww", named));
    } else if (request.condition() == Condition.NONE) {
      forms.add(named(context(what, origin), named));
    } else {
      String form = condition(what, request.condition());
      boolean both = request.condition() == Condition.PRESENT;
      forms.add(named(both ? context(form, origin) : form, named));
      forms.add(level("condition r", options.r()));
    }
    if (request.firstAttempt()) {
      forms.add(what + FIRST_ATTEMPT);
    }
    forms.add(level(what + " w", options.w()));
    forms.add(level(what + " pw", options.pw()));
    forms.add(level(what + " durability", options.durability()));
    forms.add(timeout(what, options));
    return forms;
  }

  private static String context(String what, Origin origin) {
    return what + " context " + origin;
  }

  private static String condition(String what, Condition condition) {
    return what + " condition " + condition.getClass().getSimpleName();
  }

  private static String named(String form, boolean named) {
    return named ? form + " with an idempotency key" : form;
  }

  private static String level(String of, @Nullable Object level) {
    return of + (level == null ? " of the bucket" : " " + level);
  }

  private static String timeout(String what, RequestOptions options) {
    return options.timeoutMillis() == null
        ? level(what + " timeoutMs", null)
        : what + " timeoutMs own";
  }
}
