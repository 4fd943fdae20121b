package starling.client.testing;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** Wrong uses of a cluster say so. */
class OptionsTest {
  private final StarlingCluster cluster = StarlingCluster.ofNodes(3);

  @Test
  void aClusterHasOneToSixteenNodes() {
    assertThatThrownBy(() -> StarlingCluster.ofNodes(0))
        .hasMessage("a cluster has 1 to 16 nodes, not 0");
    assertThatThrownBy(() -> StarlingCluster.ofNodes(17))
        .hasMessage("a cluster has 1 to 16 nodes, not 17");
  }

  @Test
  void optionsOfTheClusterItselfAreRejected() {
    assertThatThrownBy(() -> cluster.with("buckets.default.w=1", "peer.listen=127.0.0.1:1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the cluster itself sets this option: peer.listen=127.0.0.1:1");
  }

  @Test
  void whatNeedsARunningClusterSaysSo() {
    assertThatThrownBy(cluster::endpoints)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "the cluster does not run: annotate its field with @RegisterExtension, or call start()");
    assertThatThrownBy(() -> cluster.cut(0)).hasMessageStartingWith("the cluster does not run");
    assertThatThrownBy(() -> cluster.kill(0)).hasMessageStartingWith("the cluster does not run");
    cluster.close();
  }
}
