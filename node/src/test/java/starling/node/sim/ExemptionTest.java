package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import starling.node.sim.check.Exemption;

/** Whatever a finding is excused with, users can read it too. */
class ExemptionTest {
  @ParameterizedTest
  @EnumSource
  void usersCanReadIt(Exemption line) throws IOException {
    String pages =
        Files.readString(Path.of("..", "client", "README.md"))
            + Files.readString(Path.of("..", "deploy", "README.md"));
    assertThat(pages.replaceAll("\\s+", " ")).contains(line.sentence());
    assertThat(line.bound()).isLessThan(0.01);
  }
}
