package starling.merkle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/** Checks that an exchange found exactly what differs. */
final class Reconciled {
  private Reconciled() {}

  static Link.Result assertExact(Replica a, Replica b, long salt) {
    Link.Result result = assertExact(a, b, new Link(a, b), salt);
    assertThat(result.expected).isEqualTo(b.without(a).size());
    return result;
  }

  static Link.Result assertExact(Replica a, Replica b, Link link, long salt) {
    Link.Result result = link.exchange(salt);
    List<Element> onlyA = a.without(b);
    List<Element> onlyB = b.without(a);
    if (onlyA.isEmpty() && onlyB.isEmpty()) {
      assertThat(result.state).isEqualTo(Exchange.State.EQUAL);
    } else {
      assertThat(result.state).as("%s", result.reason).isEqualTo(Exchange.State.DIFFERENT);
    }
    assertThat(Link.set(result.initiatorSends)).isEqualTo(Link.set(onlyA));
    assertThat(Link.set(result.responderSends)).isEqualTo(Link.set(onlyB));
    assertThat(result.unresolved).isZero();
    return result;
  }
}
