package starling.node;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.Architectures;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Timer;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

/**
 * The rules of the house: which way imports run, and that decisions touch no clock, thread,
 * randomness, environment or socket. Ordinary test methods, since some runners skip annotated
 * fields and pass.
 */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("starling");

  private static final String[] SHELL = {
    "starling.node.runtime..", "starling.node.main..", "starling.client.."
  };

  /** The classes of the client that read clocks, draw random numbers and start threads. */
  private static final String CLIENT_SHELL =
      "starling\\.client\\.(VertxWire|JdkWire|Starling)(\\$.*)?";

  /** What {@code serve} and the nodes of a demo run must go without a client. */
  private static final String ASKS_A_CLUSTER =
      "starling\\.node\\.main\\.(Api|ClusterCommand|Listing|Importer|DemoNode|DemoOnce"
          + "|(Get|Put|Delete|Explain|Status|Export)Command)(\\$.*)?";

  /**
   * The import order, from the top: a package imports packages of lower rows only, and none of its
   * own row.
   */
  private static final List<List<String>> ROWS =
      List.of(
          List.of("starling.node.main.."),
          List.of("starling.client.."),
          List.of("starling.node.runtime.."),
          List.of("starling.node"),
          List.of(
              "starling.node.reconfig..",
              "starling.node.recovery..",
              "starling.node.antientropy..",
              "starling.node.handoff..",
              "starling.node.coordinator.."),
          List.of("starling.node.replica.."),
          List.of("starling.node.cluster.."),
          List.of("starling.node.peer.."),
          List.of("starling.node.quorum..", "starling.node.topology..", "starling.node.config.."),
          List.of("starling.node.request..", "starling.node.metrics.."),
          List.of("starling.gossip.."),
          List.of("starling.node.storage.."),
          List.of("starling.node.version.."),
          List.of("starling.node.port..", "starling.ring..", "starling.wire.."));

  @Test
  void importsRunOneWay() {
    Architectures.LayeredArchitecture layers =
        Architectures.layeredArchitecture().consideringOnlyDependenciesInAnyPackage("starling..");
    List<String> above = new ArrayList<>();
    for (List<String> row : ROWS) {
      for (String each : row) {
        layers = layers.layer(each).definedBy(each);
        layers =
            above.isEmpty()
                ? layers.whereLayer(each).mayNotBeAccessedByAnyLayer()
                : layers.whereLayer(each).mayOnlyBeAccessedByLayers(above.toArray(String[]::new));
      }
      above.addAll(row);
    }
    layers.check(CLASSES);
  }

  @Test
  void everyPackageHasItsPlaceInTheOrder() {
    classes()
        .that()
        .resideInAPackage("starling.node..")
        .should()
        .resideInAnyPackage(ROWS.stream().flatMap(List::stream).toArray(String[]::new))
        .check(CLASSES);
  }

  @Test
  void onlyCommandsThatAskAClusterUseTheClient() {
    noClasses()
        .that()
        .resideInAPackage("starling.node..")
        .and()
        .haveNameNotMatching(ASKS_A_CLUSTER)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("starling.client..")
        .check(CLASSES);
  }

  @Test
  void theClientNeedsVertxAndJacksonsCoreOnlyAndNoReflection() {
    classes()
        .that()
        .resideInAPackage("starling.client..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                "starling.client..",
                "starling.wire..",
                "starling.ring..",
                "java..",
                "javax.net.ssl..",
                "io.vertx.core..",
                "com.fasterxml.jackson.core..",
                "org.jspecify.."))
        .check(CLASSES);
    noClasses()
        .that()
        .resideInAPackage("starling.client..")
        .should()
        .dependOnClassesThat(resideInAnyPackage("java.lang.reflect..", "java.lang.invoke.."))
        .orShould()
        .callMethod(Class.class, "forName", String.class)
        .check(CLASSES);
  }

  @Test
  void theDecisionsOfTheClientReadNoClockAndDrawNothing() {
    noClasses()
        .that()
        .resideInAPackage("starling.client..")
        .and()
        .haveNameNotMatching(CLIENT_SHELL)
        .should()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(Instant.class, "now")
        .orShould()
        .dependOnClassesThat()
        .belongToAnyOf(Random.class, SecureRandom.class, ThreadLocalRandom.class, Executors.class)
        .check(CLASSES);
  }

  @Test
  void packagesFormNoCircle() {
    slices().matching("starling.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void storageKnowsNothingOfVersionsOrQuorums() {
    noClasses()
        .that()
        .resideInAPackage("starling.node.storage..")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                "starling.node.version..",
                "starling.node.quorum..",
                "starling.node.peer..",
                "starling.node.cluster..",
                "starling.node.replica..",
                "starling.node.coordinator..",
                "starling.ring..",
                "starling.gossip.."))
        .check(CLASSES);
  }

  @Test
  void membershipAndTreesNeedTheJdkOnly() {
    classes()
        .that()
        .resideInAnyPackage("starling.gossip..", "starling.merkle..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                "starling.gossip..",
                "starling.merkle..",
                "java..",
                "javax.crypto..",
                "org.jspecify.."))
        .check(CLASSES);
  }

  @Test
  void vertxAndNettyStayInTheShell() {
    noClasses()
        .that()
        .resideOutsideOfPackages(SHELL)
        .should()
        .dependOnClassesThat(resideInAnyPackage("io.vertx..", "io.netty..", "io.micrometer.."))
        .check(CLASSES);
  }

  @Test
  void decisionsReadNoClock() {
    noClasses()
        .that()
        .resideOutsideOfPackages(SHELL)
        .should()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(Instant.class, "now")
        .orShould()
        .accessClassesThat()
        .belongToAnyOf(java.time.Clock.class)
        .check(CLASSES);
  }

  @Test
  void decisionsTakeTheirChanceFromOutside() {
    noClasses()
        .that()
        .resideOutsideOfPackages(SHELL)
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(Random.class, SecureRandom.class, ThreadLocalRandom.class)
        .orShould()
        .callMethod(Math.class, "random")
        .orShould()
        .callMethod(UUID.class, "randomUUID")
        .check(CLASSES);
  }

  @Test
  void decisionsStartNoThreadsAndReadNoEnvironment() {
    noClasses()
        .that()
        .resideOutsideOfPackages(SHELL)
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(Thread.class, Executors.class, CompletableFuture.class, Timer.class)
        .orShould()
        .callMethod(System.class, "getenv")
        .orShould()
        .callMethod(System.class, "getenv", String.class)
        .orShould()
        .callMethod(System.class, "getProperty", String.class)
        .orShould()
        .callMethodWhere(
            com.tngtech.archunit.core.domain.JavaCall.Predicates.target(
                owner(resideInAnyPackage("java.nio.file..")).and(alwaysTrue())))
        .check(CLASSES);
  }

  @Test
  void noStaticStateChanges() {
    fields().that().areStatic().should().haveModifier(JavaModifier.FINAL).check(CLASSES);
  }
}
