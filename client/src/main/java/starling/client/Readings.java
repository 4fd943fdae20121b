package starling.client;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answers to readings and written values. */
final class Readings {
  private static final int NOT_FOUND = 404;
  private static final int MULTIPLE = 300;

  private Readings() {}

  static <T> Reading<T> of(
      String bucket,
      Key key,
      Codec<T> codec,
      @Nullable Resolver<T> resolver,
      Answer answer,
      Attempts attempts) {
    String type = answer.contentType == null ? Body.BYTES : answer.contentType;
    List<Json.Raw> values;
    try {
      values =
          switch (answer.status) {
            case NOT_FOUND -> List.of();
            case MULTIPLE -> Json.siblings(answer.body);
            default -> List.of(new Json.Raw(Body.of(answer.body, type), null));
          };
    } catch (IOException | IllegalArgumentException e) {
      throw unreadable(
          new Reading.Origin(bucket, key, context(answer), etag(answer), attempts),
          "an answer that cannot be read: " + e.getMessage(),
          e);
    }
    return ofValues(bucket, key, codec, resolver, answer, values, attempts);
  }

  /** The same where the values have been read. */
  static <T> Reading<T> ofValues(
      String bucket,
      Key key,
      Codec<T> codec,
      @Nullable Resolver<T> resolver,
      Answer answer,
      List<Json.Raw> values,
      Attempts attempts) {
    Reading.Origin origin =
        new Reading.Origin(bucket, key, context(answer), etag(answer), attempts);
    if (values.isEmpty()) {
      return new Reading.Absent<>(origin, deleted(answer));
    }
    List<Version<T>> versions = new ArrayList<>(values.size());
    for (Json.Raw raw : values) {
      T value = decoded(codec, raw.body(), origin);
      versions.add(new Version<>(value, raw.body().contentType(), raw.expires()));
    }
    if (versions.size() == 1) {
      return new Reading.Found<>(origin, versions.get(0));
    }
    T resolved = resolver == null ? null : resolved(origin, resolver, versions);
    return new Reading.Siblings<>(origin, versions, resolved);
  }

  private static <T> T resolved(
      Reading.Origin origin, Resolver<T> resolver, List<Version<T>> versions) {
    List<T> values = versions.stream().map(Version::value).toList();
    @Nullable T resolved;
    try {
      resolved = resolver.resolve(values);
    } catch (Exception e) {
      throw Reading.unresolved(origin, values, "their resolver failed: " + e, e);
    }
    if (resolved == null) {
      throw Reading.unresolved(origin, values, "their resolver returned null", null);
    }
    return resolved;
  }

  /** A tombstone is known only together with its context. */
  private static boolean deleted(Answer answer) {
    if (answer.context == null) {
      return false;
    }
    try {
      return Problem.read(answer.body).deleted;
    } catch (IOException e) {
      return false;
    }
  }

  static Written written(Answer answer, Attempts attempts) {
    return new Written(context(answer), etag(answer), attempts);
  }

  private static <T> T decoded(Codec<T> codec, Body body, Reading.Origin origin) {
    T decoded;
    try {
      decoded = codec.decode(body);
    } catch (Exception e) {
      throw unreadable(origin, body + ", which the codec cannot decode: " + e, e);
    }
    if (decoded == null) {
      throw unreadable(origin, body + ", which the codec decoded to null", null);
    }
    return decoded;
  }

  private static ProtocolException unreadable(
      Reading.Origin origin, @Nullable String what, @Nullable Throwable cause) {
    return new ProtocolException(
        new Failure(
            "under the key '" + origin.key() + "' there is " + what,
            "undecodable",
            StarlingException.Outcome.NOTHING_WRITTEN,
            false,
            origin.context(),
            null,
            origin.attempts(),
            cause));
  }

  static @Nullable Context context(Answer answer) {
    String text = answer.context;
    try {
      return text == null ? null : new Context(text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  static @Nullable Etag etag(Answer answer) {
    String text = answer.etag;
    try {
      return text == null ? null : new Etag(text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
