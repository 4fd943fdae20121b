package starling.loadgen;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** {@code report.html}: a page that needs no network, around the text of {@code result.json}. */
final class Report {
  private static final String PLACE = "\"RESULT\"";

  private Report() {}

  static String html(String result) {
    try (InputStream page = Report.class.getResourceAsStream("report.html")) {
      if (page == null) {
        throw new IllegalStateException("the jar has no report.html");
      }
      // Inside a script element only these could end or change it.
      return new String(page.readAllBytes(), StandardCharsets.UTF_8)
          .replace(PLACE, result.strip().replace("<", "\\u003c"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
