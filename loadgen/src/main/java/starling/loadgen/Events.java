package starling.loadgen;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lines that others append to a file during a run, such as "n2 killed": each is an event of the
 * moment at which it is read. What the file held before the run is none. Used by one thread.
 */
final class Events {
  private static final int MAX_EVENTS = 1000;
  private static final int MAX_LENGTH = 200;

  /** More than any line that is an event. */
  private static final int MAX_READ = 1 << 16;

  private record Event(double seconds, String text) {}

  private final @Nullable Path file;
  private final List<Event> events = new ArrayList<>();
  private long position;
  private long left;

  /**
   * @param file null for none; it need not exist yet
   * @throws RunFailedException if it exists and cannot be read
   */
  Events(@Nullable Path file) {
    this.file = file;
    begin();
  }

  /** The measurement begins: what the file holds by now is no event of it. */
  void begin() {
    if (file != null && Files.exists(file)) {
      try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "r")) {
        position = opened.length();
      } catch (IOException e) {
        throw new RunFailedException("--events: " + file + " cannot be read: " + e.getMessage(), e);
      }
    }
  }

  /** Takes the lines that have been completed since the last call. */
  void read(double seconds) {
    if (file == null) {
      return;
    }
    byte[] bytes = new byte[MAX_READ];
    int count;
    try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "r")) {
      position = opened.length() < position ? 0 : position;
      opened.seek(position);
      count = Math.max(0, opened.read(bytes));
    } catch (IOException e) {
      // It does not exist yet, or no more.
      return;
    }
    int end = count;
    while (end > 0 && bytes[end - 1] != '\n' && count < MAX_READ) {
      end--;
    }
    position += end;
    new String(bytes, 0, end, StandardCharsets.UTF_8)
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .forEach(line -> add(seconds, line));
  }

  private void add(double seconds, String line) {
    if (events.size() == MAX_EVENTS) {
      left++;
      return;
    }
    events.add(
        new Event(
            seconds, line.length() > MAX_LENGTH ? line.substring(0, MAX_LENGTH) + "\u2026" : line));
  }

  /** How many events had no room. */
  long left() {
    return left;
  }

  ArrayNode json() {
    ArrayNode node = JsonNodeFactory.instance.arrayNode();
    events.forEach(
        event ->
            node.addObject()
                .put("seconds", Numbers.rounded(event.seconds()))
                .put("text", event.text()));
    return node;
  }
}
