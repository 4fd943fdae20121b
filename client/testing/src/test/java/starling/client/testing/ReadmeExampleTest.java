package starling.client.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The example of the README is a test that runs. */
class ReadmeExampleTest {
  @Test
  void theExampleOfTheReadmeIsATestOfThisModule() throws IOException {
    String source =
        Files.readString(Path.of("src/test/java/starling/client/testing/CartMergeIT.java"));
    assertThat(Files.readString(Path.of("..", "README.md")))
        .contains("```java\n" + source.substring(source.indexOf("import ")) + "```\n");
  }
}
