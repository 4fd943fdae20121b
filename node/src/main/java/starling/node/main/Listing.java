package starling.node.main;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a streamed listing to its end. The lines up to a cursor are passed on when the cursor has
 * come, so each comes once although a stream that breaks off is continued at the last cursor, at
 * the next endpoint if need be.
 */
final class Listing {
  private static final String CURSOR = "{\"cursor\":";
  private static final String COMPLETE = "{\"complete\":";
  private static final int MAX_TRIES = 5;

  /** Receives the lines of a listing. */
  interface Lines {
    /**
     * Some lines of entries.
     *
     * @param mark the line with the cursor behind them, or with the end of the listing
     */
    void accept(List<String> entries, String mark);
  }

  /** The listing could not be read. */
  static final class FailedException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient Api.@Nullable Answer answer;

    FailedException(String message, Api.@Nullable Answer answer) {
      super(message);
      this.answer = answer;
    }

    Api.@Nullable Answer answer() {
      return answer;
    }
  }

  private final Api api;
  private final String path;
  private final Lines lines;
  private @Nullable String cursor;
  private int tries;

  /**
   * @param path of the listing, with at least one parameter
   * @param cursor where it begins, or null
   */
  Listing(Api api, String path, @Nullable String cursor, Lines lines) {
    this.api = api;
    this.path = path;
    this.cursor = cursor;
    this.lines = lines;
  }

  static boolean isCursor(String line) {
    return line.startsWith(CURSOR);
  }

  static boolean isEnd(String line) {
    return line.startsWith(COMPLETE);
  }

  /** The cursor of a line that has one. */
  static String cursor(String line) {
    return json(line).path("cursor").asText();
  }

  /** The object of a line. */
  static JsonNode json(String line) {
    try {
      return ExactJson.read(line);
    } catch (IOException e) {
      throw new FailedException("a line of the listing is not JSON: " + line, null);
    }
  }

  /**
   * Reads everything; returns the last line.
   *
   * @throws FailedException if it cannot be read to its end
   */
  JsonNode read() {
    while (true) {
      String broken;
      try {
        String end = readStream();
        if (end != null) {
          return json(end);
        }
        broken = "the stream ended early";
      } catch (IOException e) {
        broken = e.getMessage() == null ? e.toString() : e.getMessage();
      }
      if (++tries >= MAX_TRIES) {
        throw new FailedException("the listing broke off " + tries + " times: " + broken, null);
      }
    }
  }

  /** Reads one stream; returns its last line, or null if it broke off. */
  private @Nullable String readStream() throws IOException {
    String from = cursor == null ? path : path + "&cursor=" + BucketOptions.encode(cursor);
    Api.Streamed streamed = api.stream(from, "application/x-ndjson");
    if (streamed.answer() != null) {
      throw new FailedException(streamed.answer().problem(), streamed.answer());
    }
    List<String> entries = new ArrayList<>();
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(streamed.body(), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (isCursor(line)) {
          lines.accept(entries, line);
          cursor = cursor(line);
          entries = new ArrayList<>();
          tries = 0;
        } else if (isEnd(line)) {
          lines.accept(entries, line);
          return line;
        } else {
          entries.add(line);
        }
      }
    }
    return null;
  }
}
