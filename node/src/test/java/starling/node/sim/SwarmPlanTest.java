package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A plan as it is printed when a run goes wrong. */
class SwarmPlanTest {
  @TempDir private Path folder;

  /** It is pasted into a test. */
  @Test
  void aPrintedPlanIsJavaOfTheSamePlan() throws Exception {
    SwarmPlan plan = SwarmPlan.draw(8);
    assertThat(plan.troubles()).isNotEmpty();
    assertThat(compiled(plan.source())).isEqualTo(plan);
  }

  private Object compiled(String expression) throws Exception {
    Path file = folder.resolve("Printed.java");
    Files.writeString(
        file,
        """
        import java.util.List;
        import starling.node.sim.SwarmPlan;
        import starling.node.sim.fault.InjectedFault;
        import starling.node.storage.Durability;
        import starling.sim.NetworkFaults;

        public class Printed implements java.util.function.Supplier<Object> {
          public Object get() {
            return %s;
          }
        }
        """
            .formatted(expression));
    String classes =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                out,
                out,
                "-proc:none",
                "-cp",
                classes,
                "-d",
                folder.toString(),
                file.toString());
    assertThat(status).as(out.toString(StandardCharsets.UTF_8)).isZero();
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {folder.toUri().toURL()}, getClass().getClassLoader())) {
      return ((Supplier<?>) loader.loadClass("Printed").getConstructor().newInstance()).get();
    }
  }
}
