package starling.loadgen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventsTest {
  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void name() {
    file = directory.resolve("events");
  }

  private void append(String text) throws IOException {
    Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  @Test
  void aLineIsAnEventOfTheMomentAtWhichItIsComplete() throws IOException {
    append("n1 killed in the warm-up\n");
    Events events = new Events(file);
    events.read(1);
    append("n2 killed\n\n  n2 start");
    events.read(2);
    append("ed \u00e4\n");
    events.read(3);
    assertThat(events.json().toString())
        .isEqualTo(
            "[{\"seconds\":2.0,\"text\":\"n2 killed\"},"
                + "{\"seconds\":3.0,\"text\":\"n2 started \u00e4\"}]");
  }

  @Test
  void aFileMayComeLaterOrBeginAgain() throws IOException {
    Events events = new Events(file);
    events.read(1);
    append("n2 killed by a signal\n");
    events.read(2);
    Files.writeString(file, "n3\n");
    events.read(3);
    assertThat(events.json()).hasSize(2);
    assertThat(new Events(null).json()).isEmpty();
  }

  @Test
  void eventsAreBoundedInNumberAndLength() throws IOException {
    Events events = new Events(file);
    append("x".repeat(300) + "\n" + "y\n".repeat(1005));
    events.read(1);
    assertThat(events.json()).hasSize(1000);
    assertThat(events.json().get(0).get("text").asText()).hasSize(201);
    assertThat(events.left()).isEqualTo(6);
  }

  @Test
  void aFileThatCannotBeReadIsNamed() {
    assertThatThrownBy(() -> new Events(directory))
        .isInstanceOf(RunFailedException.class)
        .hasMessageStartingWith("--events: " + directory + " cannot be read");
  }
}
