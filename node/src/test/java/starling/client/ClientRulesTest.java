package starling.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.thirdparty.org.objectweb.asm.ClassReader;
import com.tngtech.archunit.thirdparty.org.objectweb.asm.ClassVisitor;
import com.tngtech.archunit.thirdparty.org.objectweb.asm.MethodVisitor;
import com.tngtech.archunit.thirdparty.org.objectweb.asm.Opcodes;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What holds for all of the client, read from its classes. */
class ClientRulesTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("starling.client");

  /** Methods in which a thread may wait, by the simple name of their class. */
  private static final Set<String> WAITS =
      Set.of(
          "CompletableFuture.get",
          "CompletableFuture.join",
          "Future.get",
          "Future.await",
          "CountDownLatch.await",
          "Semaphore.acquire",
          "Condition.await",
          "Lock.lock",
          "ReentrantLock.lock",
          "BlockingQueue.take",
          "BlockingQueue.put",
          "LockSupport.park",
          "LockSupport.parkNanos",
          "Thread.sleep",
          "Thread.join",
          "Object.wait",
          "ExecutorService.awaitTermination",
          "ScheduledThreadPoolExecutor.awaitTermination");

  private static Stream<JavaClass> classes() {
    return CLASSES.stream().filter(each -> each.getPackageName().equals("starling.client"));
  }

  private static String name(JavaCodeUnit method) {
    return method.getOwner().getSimpleName() + "." + method.getName();
  }

  @Test
  void threadsWaitInTwoPlacesOnly() {
    Set<String> callers =
        classes()
            .flatMap(each -> each.getMethodCallsFromSelf().stream())
            .filter(ClientRulesTest::waits)
            .map(call -> name(call.getOrigin()))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(callers)
        .as("what ClientFuture calls are the methods that it guards")
        .containsExactly(
            "BlockingBucket.await", "ClientFuture.get", "ClientFuture.join", "Starling.close");
  }

  private static boolean waits(JavaMethodCall call) {
    return WAITS.contains(call.getTargetOwner().getSimpleName() + "." + call.getTarget().getName());
  }

  @Test
  void onlySessionsTakeALockAndNothingWaitsUnderIt() throws IOException {
    Set<String> lockers = new TreeSet<>();
    for (JavaClass each : classes().toList()) {
      each.getMethods().stream()
          .filter(method -> method.getModifiers().contains(JavaModifier.SYNCHRONIZED))
          .forEach(method -> lockers.add(each.getSimpleName()));
      try (InputStream bytes = each.getSource().orElseThrow().getUri().toURL().openStream()) {
        if (entersMonitor(bytes.readAllBytes())) {
          lockers.add(each.getSimpleName());
        }
      }
      assertThat(each.getDirectDependenciesFromSelf())
          .as("%s: locks of java.util.concurrent", each.getName())
          .noneMatch(
              use -> use.getTargetClass().getPackageName().equals("java.util.concurrent.locks"));
    }
    assertThat(lockers).containsExactly("Session");
  }

  private static boolean entersMonitor(byte[] file) {
    boolean[] found = new boolean[1];
    new ClassReader(file)
        .accept(
            new ClassVisitor(Opcodes.ASM9) {
              @Override
              public MethodVisitor visitMethod(
                  int access, String name, String type, String generic, String[] exceptions) {
                return new MethodVisitor(Opcodes.ASM9) {
                  @Override
                  public void visitInsn(int instruction) {
                    found[0] |= instruction == Opcodes.MONITORENTER;
                  }
                };
              }
            },
            0);
    return found[0];
  }

  private static List<Method> publicMethods(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods())
        .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
        .toList();
  }

  @Test
  void everyMethodOfABucketIsACallOrMakesAHandle() {
    assertThat(publicMethods(Bucket.class))
        .extracting(Method::getReturnType)
        .as("nothing is built that needs a last call to be carried out")
        .isSubsetOf(
            CompletableFuture.class,
            Listing.class,
            Bucket.class,
            BlockingBucket.class,
            String.class);
  }

  @Test
  void theBlockingBucketHasEveryCallOfTheBucket() {
    assertThat(calls(BlockingBucket.class)).containsExactlyElementsOf(calls(Bucket.class));
  }

  private static Set<String> calls(Class<?> bucket) {
    Set<String> handles = Set.of("name", "as", "resolving", "in", "with", "blocking", "async");
    return publicMethods(bucket).stream()
        .filter(method -> !handles.contains(method.getName()))
        .map(method -> method.getName() + Arrays.toString(method.getParameterTypes()))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void handlesAndResultsNeverChange() {
    for (Class<?> type :
        List.of(
            Starling.class,
            Bucket.class,
            BlockingBucket.class,
            Cluster.class,
            Behavior.class,
            Quorum.class,
            Retries.class,
            Key.class,
            Reading.class,
            Reading.Found.class,
            Reading.Siblings.class,
            Reading.Absent.class,
            Written.class,
            Request.class,
            Response.class,
            Body.class)) {
      assertThat(type.getDeclaredFields())
          .as(type.getSimpleName())
          .allMatch(field -> Modifier.isFinal(field.getModifiers()));
      assertThat(Modifier.isFinal(type.getModifiers()) || type.isSealed())
          .as(type.getSimpleName())
          .isTrue();
    }
  }

  @Test
  void thereAreAtMostTwentyOptionsEachWithItsRow() throws IOException {
    Set<String> options = new TreeSet<>();
    publicMethods(Starling.Builder.class).stream()
        .filter(method -> method.getReturnType() == Starling.Builder.class)
        .map(Method::getName)
        .filter(name -> !name.equals("behavior"))
        .forEach(options::add);
    Arrays.stream(Behavior.class.getRecordComponents())
        .forEach(component -> options.add(component.getName()));
    int ofRetries = 2; // attempts, budget and elsewhere are three
    assertThat(options.size() + ofRetries).isBetween(15, 20);
    String rows =
        Files.readString(Path.of("..", "client", "README.md"))
            .lines()
            .filter(line -> line.startsWith("| `"))
            .collect(Collectors.joining("\n"));
    assertThat(options).allSatisfy(option -> assertThat(rows).contains("`" + option + "`"));
  }
}
