package starling.node.runtime.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The description of the API as the linter sees it that people use most, fetched from the registry
 * of npm. Skipped where there is no npm, or where it cannot fetch or run the linter.
 */
class OpenApiLintTest {
  private static final String LINTER = "@redocly/cli@2.77.0";

  @TempDir Path directory;

  @Test
  void theLinterHasNothingToSay() throws IOException, InterruptedException {
    assumeTrue(onPath("npx"), "skipped: npm is not installed");
    Path document = directory.resolve("openapi.json");
    try (InputStream in = HttpApi.class.getResourceAsStream("openapi.json")) {
      Files.copy(in, document);
    }
    Path out = directory.resolve("lint.json");
    Path err = directory.resolve("lint.err");
    ProcessBuilder builder =
        new ProcessBuilder(
            "npx", "--yes", "--prefer-offline", LINTER, "lint", "--format=json", "openapi.json");
    builder.directory(directory.toFile()).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().put("REDOCLY_TELEMETRY", "off");
    builder.environment().put("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
    Process linter = builder.start();
    boolean ended = linter.waitFor(120, TimeUnit.SECONDS);
    if (!ended) {
      linter.descendants().forEach(ProcessHandle::destroyForcibly);
      linter.destroyForcibly();
    }
    String said = Files.readString(out, StandardCharsets.UTF_8);
    int begin = said.indexOf('{');
    assumeTrue(
        ended && begin >= 0,
        () -> "skipped: " + LINTER + " did not run here: " + read(err).lines().findFirst());
    JsonNode report = ApiServer.MAPPER.readTree(said.substring(begin));
    assertThat(report.get("totals").get("errors").asInt())
        .as(report.get("problems").toPrettyString())
        .isZero();
    assertThat(report.get("totals").get("warnings").asInt())
        .as(report.get("problems").toPrettyString())
        .isZero();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static boolean onPath(String command) {
    for (String place : System.getenv("PATH").split(File.pathSeparator, -1)) {
      if (Files.isExecutable(Path.of(place, command))) {
        return true;
      }
    }
    return false;
  }
}
