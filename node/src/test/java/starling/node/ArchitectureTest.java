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
import java.util.Random;
import java.util.Timer;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

/**
 * The rules of the house: which way imports run, and that decisions touch no clock, thread, chance,
 * environment or socket. Ordinary test methods, since some runners skip annotated fields and pass.
 */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("starling");

  private static final String[] SHELL = {"starling.node.runtime..", "starling.node.main.."};

  @Test
  void importsRunOneWay() {
    Architectures.layeredArchitecture()
        .consideringOnlyDependenciesInAnyPackage("starling..")
        .layer("main")
        .definedBy("starling.node.main..")
        .layer("runtime")
        .definedBy("starling.node.runtime..")
        .layer("replica")
        .definedBy("starling.node.replica..")
        .layer("coordinator")
        .definedBy("starling.node.coordinator..")
        .layer("storage")
        .definedBy("starling.node.storage..")
        .layer("config")
        .definedBy("starling.node.config..")
        .layer("version")
        .definedBy("starling.node.version..")
        .layer("port")
        .definedBy("starling.node.port..")
        .layer("ring")
        .definedBy("starling.ring..")
        .layer("wire")
        .definedBy("starling.wire..")
        .layer("gossip")
        .definedBy("starling.gossip..")
        .whereLayer("main")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("runtime")
        .mayOnlyBeAccessedByLayers("main")
        .whereLayer("replica")
        .mayOnlyBeAccessedByLayers("main", "runtime")
        .whereLayer("coordinator")
        .mayOnlyBeAccessedByLayers("main", "runtime", "replica", "config")
        .whereLayer("storage")
        .mayOnlyBeAccessedByLayers("main", "runtime", "replica", "coordinator", "config")
        .whereLayer("config")
        .mayOnlyBeAccessedByLayers("main", "runtime", "replica")
        .whereLayer("gossip")
        .mayOnlyBeAccessedByLayers("main", "runtime", "replica", "config")
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
                "starling.node.coordinator..",
                "starling.node.replica..",
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
                "starling.gossip..", "starling.merkle..", "java..", "org.jspecify.."))
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
