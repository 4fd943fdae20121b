package starling.node.main;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import starling.client.Response;
import starling.client.StarlingException;
import starling.client.TimedOutException;

/**
 * Reads a listing to its end, page by page: each page once the one before has been passed on, so
 * this holds one page, however slow its receiver is. A page that broke off is asked for again, at
 * the next endpoint if need be, and each line comes once.
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

  /** A line is no part of a listing. */
  static final class FailedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    FailedException(String message) {
      super(message);
    }
  }

  private final Api api;
  private final String path;
  private final Lines lines;
  private @Nullable String cursor;

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
      throw new FailedException("a line of the listing is not JSON: " + line);
    }
  }

  /**
   * Reads everything; returns the last line.
   *
   * @throws StarlingException if it cannot be read to its end
   */
  JsonNode read() {
    while (true) {
      String end = readPage();
      if (end != null) {
        return json(end);
      }
    }
  }

  /** Reads a page; returns the last line of the listing, or null if another page follows. */
  private @Nullable String readPage() {
    String from = cursor == null ? path : path + "&cursor=" + BucketOptions.encode(cursor);
    List<String> entries = new ArrayList<>();
    boolean more = false;
    for (String line : page(from).text().lines().toList()) {
      if (isCursor(line)) {
        lines.accept(entries, line);
        cursor = cursor(line);
        entries = new ArrayList<>();
        more = true;
      } else if (!isEnd(line)) {
        entries.add(line);
        more = false;
      } else if (!more) {
        // An end behind a cursor is that of the page.
        lines.accept(entries, line);
        return line;
      }
    }
    return null;
  }

  private Response page(String from) {
    for (int tries = 1; ; tries++) {
      try {
        return api.page(from);
      } catch (StarlingException e) {
        boolean brokeOff = e.status() == 0 && !(e instanceof TimedOutException);
        if (!brokeOff || tries == MAX_TRIES) {
          throw e;
        }
      }
    }
  }
}
