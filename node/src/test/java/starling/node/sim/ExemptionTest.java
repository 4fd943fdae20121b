package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever a finding is excused with, users can read it too. */
class ExemptionTest {
  @ParameterizedTest
  @EnumSource
  void theReadmeSaysSo(Exemption line) throws IOException {
    String readme = Files.readString(Path.of("..", "README.md")).replaceAll("\\s+", " ");
    assertThat(readme).contains(line.sentence());
    assertThat(line.bound()).isLessThan(0.01);
  }
}
