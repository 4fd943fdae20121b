package starling.node.peer.message;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import starling.node.request.Condition;
import starling.node.request.Quorum;
import starling.node.request.Rejection;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.node.storage.Durability;
import starling.node.version.Content;
import starling.node.version.MalformedException;
import starling.wire.ProblemKind;

/** Writes and their outcomes as fields of the messages that forward them. */
final class WriteCodec {
  private WriteCodec() {}

  static void writeRequest(MessageWriter out, WriteRequest request) {
    out.text(request.requestId());
    out.text(request.bucket());
    out.bytes(request.key());
    content(out, request.content());
    out.optionalText(request.context());
    condition(out, request.condition());
    options(out, request.options());
    out.optionalIdempotency(request.idempotency());
    out.flag(request.firstAttempt());
  }

  static WriteRequest readRequest(MessageReader in) {
    return new WriteRequest(
        in.text("a text"),
        in.text("a text"),
        in.bytes("a byte string"),
        content(in),
        in.optionalText(),
        condition(in),
        options(in),
        in.optionalIdempotency(),
        in.flag());
  }

  private static void content(MessageWriter out, Content content) {
    out.u8(content.kind().ordinal());
    out.varint(content.expiresAtMillis());
    out.optionalText(content.contentType());
    content.writeTo(out);
  }

  private static Content content(MessageReader in) {
    Content.Kind kind = in.one(Content.Kind.values(), "kind of content");
    long expiresAtMillis = in.varint("an expiry");
    String contentType = in.optionalText();
    byte[] value = in.bytes("a value");
    return switch (kind) {
      case JSON -> Content.json(value, expiresAtMillis);
      case BYTES -> Content.bytes(value, contentType, expiresAtMillis);
      case TOMBSTONE -> Content.tombstone();
    };
  }

  private static void condition(MessageWriter out, Condition condition) {
    if (condition instanceof Condition.Matches matches) {
      out.u8(3);
      out.varint(matches.hashes().size());
      for (long hash : new TreeSet<>(matches.hashes())) {
        out.i64(hash);
      }
    } else {
      out.u8(condition instanceof Condition.Present ? 2 : condition == Condition.NONE ? 0 : 1);
    }
  }

  private static Condition condition(MessageReader in) {
    int kind = in.u8("a condition");
    return switch (kind) {
      case 0 -> Condition.NONE;
      case 1 -> Condition.ABSENT;
      case 2 -> Condition.PRESENT;
      case 3 -> {
        int count = in.count(8, "the number of versions named");
        Set<Long> hashes = new TreeSet<>();
        for (int i = 0; i < count; i++) {
          hashes.add(in.i64("a hash"));
        }
        yield new Condition.Matches(hashes);
      }
      default -> throw new MalformedException("unknown condition " + kind);
    };
  }

  private static void options(MessageWriter out, RequestOptions options) {
    quorum(out, options.r());
    quorum(out, options.w());
    quorum(out, options.pr());
    quorum(out, options.pw());
    Integer timeout = options.timeoutMillis();
    out.varint(timeout == null ? 0 : timeout + 1L);
    Durability durability = options.durability();
    out.u8(durability == null ? 0 : durability.ordinal() + 1);
  }

  private static RequestOptions options(MessageReader in) {
    return new RequestOptions(
        quorum(in), quorum(in), quorum(in), quorum(in), timeout(in), durability(in));
  }

  private static @Nullable Integer timeout(MessageReader in) {
    long value = in.varint("a number");
    return value == 0 ? null : Math.toIntExact(value - 1);
  }

  private static @Nullable Durability durability(MessageReader in) {
    int value = in.u8("a field");
    return value == 0 ? null : MessageReader.one(Durability.values(), value - 1, "durability");
  }

  private static void quorum(MessageWriter out, @Nullable Quorum quorum) {
    out.optionalText(quorum == null ? null : quorum.toString());
  }

  private static @Nullable Quorum quorum(MessageReader in) {
    String text = in.optionalText();
    try {
      return text == null ? null : Quorum.parse(text);
    } catch (IllegalArgumentException e) {
      throw new MalformedException("a quorum that " + e.getMessage());
    }
  }

  static void writeOutcome(MessageWriter out, WriteOutcome outcome) {
    if (outcome instanceof WriteOutcome.Written written) {
      out.flag(true);
      out.text(written.context());
      out.i64(written.versionHash());
    } else if (outcome instanceof WriteOutcome.Rejected refused) {
      Rejection refusal = refused.rejection();
      out.flag(false);
      out.text(refusal.kind().name());
      out.text(refusal.detail());
      out.optionalText(refusal.field());
      out.varint(refusal.required());
      out.varint(refusal.alive());
      out.varint(refusal.acknowledged().size());
      for (String name : refusal.acknowledged()) {
        out.text(name);
      }
      out.u8(refusal.outcome().ordinal());
      present(out, refusal.present());
    }
  }

  private static void present(MessageWriter out, Rejection.@Nullable Present present) {
    out.flag(present != null);
    if (present != null) {
      Long hash = present.versionHash();
      out.flag(hash != null);
      out.i64(hash == null ? 0 : hash);
      out.flag(present.siblings());
      out.text(present.context());
    }
  }

  private static Rejection.@Nullable Present present(MessageReader in) {
    if (!in.flag()) {
      return null;
    }
    boolean hashed = in.flag();
    long hash = in.i64("a hash");
    return new Rejection.Present(hashed ? hash : null, in.flag(), in.text("a text"));
  }

  static WriteOutcome readOutcome(MessageReader in) {
    if (in.flag()) {
      return new WriteOutcome.Written(in.text("a text"), in.i64("a hash"));
    }
    ProblemKind kind = problem(in.text("a text"));
    String detail = in.text("a text");
    String field = in.optionalText();
    int required = Math.toIntExact(in.varint("a number"));
    int alive = Math.toIntExact(in.varint("a number"));
    int names = in.count(1, "the number of replicas named");
    List<String> acknowledged = new ArrayList<>();
    for (int i = 0; i < names; i++) {
      acknowledged.add(in.text("a text"));
    }
    Rejection.Outcome fate = in.one(Rejection.Outcome.values(), "an outcome");
    return new WriteOutcome.Rejected(
        new Rejection(kind, detail, field, required, alive, acknowledged, fate).with(present(in)));
  }

  /** A kind of a newer node is an internal error to an older one. */
  private static ProblemKind problem(String name) {
    for (ProblemKind kind : ProblemKind.values()) {
      if (kind.name().equals(name)) {
        return kind;
      }
    }
    return ProblemKind.INTERNAL;
  }
}
