package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import starling.node.request.Condition;
import starling.node.request.RequestOptions;
import starling.node.sim.workload.RequestForms;

/** Which forms of requests there are. {@link SwarmTest} holds that random runs draw them all. */
class RequestFormsTest {
  /** A form that is new in the types of the node's service is new here. */
  @Test
  void theListNamesEveryConditionAndEveryOption() {
    assertThat(Arrays.stream(Condition.class.getPermittedSubclasses()).map(Class::getSimpleName))
        .containsExactlyInAnyOrder("None", "Absent", "Present", "Matches");
    for (String condition : List.of("Absent", "Present", "Matches")) {
      assertThat(RequestForms.all()).anyMatch(form -> form.contains("condition " + condition));
    }
    assertThat(
            Arrays.stream(RequestOptions.class.getRecordComponents())
                .map(component -> component.getName().replace("Millis", "Ms")))
        .allMatch(
            option -> RequestForms.all().stream().anyMatch(form -> form.contains(" " + option)));
  }
}
