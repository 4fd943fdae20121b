package starling.node.runtime.http;

import starling.node.request.ReadOutcome;
import starling.node.version.Version;

/** The envelope of a key that was found: its value, or its siblings, and its context. */
final class Envelopes {
  private Envelopes() {}

  /** About how many bytes {@link #write} will take. */
  static int expectedBytes(byte[] key, ReadOutcome.Found found) {
    long bytes = 128 + 2L * key.length + found.context().length();
    for (Version version : found.values()) {
      bytes += Contents.expectedBytes(version.content());
    }
    return Math.toIntExact(bytes);
  }

  /** Opens an object and writes the fields of an envelope; does not close it. */
  static JsonText write(JsonText json, String key, ReadOutcome.Found found) {
    return fields(json.openObject(), key, found);
  }

  /** Writes the fields of an envelope into an open object. */
  static JsonText fields(JsonText json, String key, ReadOutcome.Found found) {
    json.field("message", "found").field("key", key);
    if (found.values().size() == 1) {
      Contents.write(json, found.values().get(0).content(), false);
    } else {
      json.name("siblings").openArray();
      for (Version version : found.values()) {
        json.openObject();
        Contents.write(json, version.content(), false);
        json.closeObject();
      }
      json.closeArray();
    }
    return json.field("context", found.context());
  }
}
