package starling.node.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Five real nodes, their connections in our hands, and clients that go on while processes are
 * killed and frozen and links delay, reset, swallow and part. Each fault holds for a few seconds,
 * or for {@code -Dstarling.fault.seconds=N}. After it the cluster settles, and what it holds is
 * judged against all that was done to it: nothing acknowledged is lost, no value stays that no
 * client wrote or that was replaced, and no sibling where quorums of primaries met.
 */
class FaultsIT {
  private static final Duration FAULT =
      Duration.ofSeconds(Integer.getInteger("starling.fault.seconds", 6));
  private static final Duration AROUND = Duration.ofMillis(500);
  private static final int CLIENTS = 12;
  private static final int KEYS = (int) Math.max(24, 4 * FAULT.toSeconds());
  private static final int MIN_PER_SECOND = 3;

  private static PeerLinks links;
  private static LocalCluster cluster;

  @BeforeAll
  static void start() {
    links = new PeerLinks(5);
    cluster = LocalCluster.startBehind(links);
    Settled.awaitMembers(cluster);
  }

  @AfterAll
  static void stop() {
    cluster.stop();
    links.close();
  }

  @AfterEach
  void heal() {
    links.heal();
    for (LocalNode node : cluster.nodes) {
      if (node.process().alive()) {
        node.process().signal("CONT");
      } else {
        node.start();
        node.awaitReady();
      }
    }
  }

  /** A fault while clients are at work; it ends before it returns. */
  private interface Fault {
    void strike(CheckedWorkload workload);
  }

  private void withstand(String name, Fault fault) {
    long seed = Long.getLong("starling.fault.seed", System.nanoTime());
    long begun = System.nanoTime();
    try (CheckedWorkload workload = new CheckedWorkload(cluster, name, CLIENTS, KEYS, seed)) {
      workload.begin();
      workload.run(AROUND);
      long before = workload.acknowledged.sum();
      fault.strike(workload);
      long during = workload.acknowledged.sum() - before;
      links.heal();
      workload.run(AROUND);
      workload.end();
      long healed = System.nanoTime();
      Settled.awaitMembers(cluster);
      long met = System.nanoTime();
      Settled.awaitHintsHome(cluster);
      long home = System.nanoTime();
      Map<String, Set<Integer>> standing =
          Settled.awaitAgreement(cluster, workload.history().keys());
      System.out.printf(
          "%s: %s; %d acknowledged in the fault; links: %s; members %d ms, hints %d ms,"
              + " agreement %d ms after, %d ms in all%n",
          name,
          workload,
          during,
          links,
          (met - healed) / 1_000_000,
          (home - met) / 1_000_000,
          (System.nanoTime() - home) / 1_000_000,
          (System.nanoTime() - begun) / 1_000_000);
      assertThat(workload.findings()).as("seed " + seed).isEmpty();
      for (Map.Entry<String, Set<Integer>> entry : standing.entrySet()) {
        String key = entry.getKey();
        assertThat(workload.history().judge(key, entry.getValue()))
            .as("seed %d, %s holds %s\n%s", seed, key, entry.getValue(), describe(workload, key))
            .isEmpty();
      }
      // A quiet cluster would prove nothing.
      assertThat(workload.boundReads.sum()).isGreaterThan(20);
      assertThat(during).isGreaterThanOrEqualTo(MIN_PER_SECOND * FAULT.toSeconds());
    }
  }

  private static String describe(CheckedWorkload workload, String key) {
    return workload.history().describe(key);
  }

  @Test
  void oneNodeIsKilledAndComesBack() {
    withstand(
        "killed",
        workload -> {
          cluster.kill(1);
          workload.run(FAULT);
          cluster.restart(1);
        });
  }

  @Test
  void allNodesAreKilledAtOnce() {
    withstand(
        "all-killed",
        workload -> {
          workload.run(FAULT.dividedBy(2));
          cluster.killAll();
          cluster.startAll();
          workload.run(FAULT.dividedBy(2));
        });
  }

  @Test
  void oneNodeIsFrozenForAWhile() {
    withstand(
        "frozen",
        workload -> {
          cluster.freeze(2);
          workload.run(FAULT);
          cluster.thaw(2);
        });
  }

  @Test
  void allLinksAreSlow() {
    long before = links.delayedPieces.sum();
    withstand(
        "slow",
        workload -> {
          links.all(LinkFault.delay(50, 150));
          workload.run(FAULT);
        });
    assertThat(links.delayedPieces.sum() - before).isGreaterThan(100);
  }

  @Test
  void connectionsAreResetInTheMiddleOfFrames() {
    long before = links.resets.sum();
    withstand(
        "resets",
        workload -> {
          links.all(LinkFault.resets(0.02));
          workload.run(FAULT);
        });
    assertThat(links.resets.sum() - before).isGreaterThan(10);
  }

  @Test
  void allLinksToOneNodeAreHalfOpen() {
    long before = links.lostBytes.sum();
    withstand(
        "half-open",
        workload -> {
          links.around(3, LinkFault.SWALLOWED);
          workload.run(FAULT);
        });
    assertThat(links.lostBytes.sum() - before).isPositive();
  }

  @Test
  void oneNodeIsRefusedByAll() {
    withstand(
        "refused",
        workload -> {
          links.around(0, LinkFault.REFUSED);
          workload.run(FAULT);
        });
  }

  @Test
  void whatOneNodeSaysIsLost() {
    long before = links.lostBytes.sum();
    withstand(
        "one-way",
        workload -> {
          for (int other = 0; other < 4; other++) {
            links.set(4, other, LinkFault.SWALLOWED);
          }
          workload.run(FAULT);
        });
    assertThat(links.lostBytes.sum() - before).isPositive();
  }

  @Test
  void theClusterIsPartedIntoTwoAndThree() {
    withstand(
        "parted",
        workload -> {
          links.between(List.of(0, 1), List.of(2, 3, 4), LinkFault.SWALLOWED);
          workload.run(FAULT);
        });
  }

  /** Late bytes arrive when the parts meet again, as after a cable that was pulled for a while. */
  @Test
  void whatWasOnTheWayBetweenPartsArrivesLate() {
    long before = links.heldPieces.sum();
    withstand(
        "late",
        workload -> {
          links.between(List.of(0, 3), List.of(1, 2, 4), LinkFault.HELD);
          workload.run(FAULT);
        });
    assertThat(links.heldPieces.sum() - before).isPositive();
  }

  @Test
  void twoPartsMeetOverOneNodeOnly() {
    withstand(
        "bridge",
        workload -> {
          links.between(List.of(0, 1), List.of(3, 4), LinkFault.SWALLOWED);
          workload.run(FAULT);
        });
  }

  @Test
  void linksComeAndGo() {
    SplittableRandom chance = new SplittableRandom(7);
    LinkFault[] faults = {
      LinkFault.NONE, LinkFault.NONE, LinkFault.HELD, LinkFault.SWALLOWED, LinkFault.REFUSED
    };
    withstand(
        "flapping",
        workload -> {
          long until = System.nanoTime() + FAULT.toNanos();
          while (System.nanoTime() < until) {
            int a = chance.nextInt(5);
            int b = (a + 1 + chance.nextInt(4)) % 5;
            links.set(a, b, faults[chance.nextInt(faults.length)]);
            workload.run(Duration.ofMillis(100));
          }
        });
  }
}
