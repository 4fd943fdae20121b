package starling.client.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import starling.client.Behavior;
import starling.client.BlockingBucket;
import starling.client.Codec;
import starling.client.Codecs;
import starling.client.Quorum;
import starling.client.Resolver;
import starling.client.Starling;

class CartMergeIT {
  @RegisterExtension static StarlingCluster cluster = StarlingCluster.ofNodes(4);

  static final Codec<Set<String>> CART =
      Codecs.text().mapping(cart -> String.join("\n", cart), CartMergeIT::cart);

  static Set<String> cart(String lines) {
    return new TreeSet<>(List.of(lines.split("\n")));
  }

  /** Of the three replicas of a cart each side of a cut has one at least: R = 1 goes on reading. */
  static BlockingBucket<Set<String>> carts(Starling starling) {
    return starling
        .with(Behavior.PATIENT.r(Quorum.ONE))
        .bucket("carts", CART)
        .resolving(Resolver.union())
        .blocking();
  }

  static void add(Starling starling, String article) {
    carts(starling)
        .update(
            "ada",
            cart -> {
              Set<String> more = new TreeSet<>(cart == null ? Set.of() : cart);
              more.add(article);
              return more;
            });
  }

  @Test
  void aCartKeepsWhatBothSidesOfACutPutIntoIt() {
    add(cluster.client(), "tea");
    cluster.cut(0, 1); // from nodes 2 and 3
    add(cluster.client(0), "milk");
    add(cluster.client(2), "bread");
    assertEquals(Set.of("tea", "milk"), carts(cluster.client(1)).get("ada").value());
    assertEquals(Set.of("tea", "bread"), carts(cluster.client(3)).get("ada").value());
    cluster.heal();
    cluster.awaitHealthy(Duration.ofSeconds(30));
    assertEquals(Set.of("tea", "milk", "bread"), carts(cluster.client()).get("ada").value());
  }
}
