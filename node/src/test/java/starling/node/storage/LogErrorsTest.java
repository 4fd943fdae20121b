package starling.node.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import starling.node.port.Disk;
import starling.node.sim.disk.SimDisk;

/**
 * Whatever a part of the log's way throws, what waits for the log is told that it failed, and
 * nothing is acknowledged afterwards: an error is no reason to keep somebody waiting.
 */
class LogErrorsTest {
  private final SimDisk sim = new SimDisk(new SplittableRandom(1));
  private final VirtualLoop loop = new VirtualLoop();
  private final List<StorageFailure> failures = new ArrayList<>();
  private @Nullable Throwable onWrite;
  private @Nullable Throwable onForce;
  private @Nullable Throwable onHandOver;

  static Stream<Throwable> errors() {
    return Stream.of(
        new IllegalStateException("planted"),
        new InternalError("planted"),
        new StackOverflowError("planted"));
  }

  private LogStorage open() throws IOException {
    Executor writer =
        task -> {
          toss(onHandOver);
          loop.writer().execute(task);
        };
    LogStorage storage =
        LogStorage.open(
            watched(Disk.class, sim),
            StorageLife.config(sim),
            new StorageExecutors(loop.owner(), writer, loop.background(), loop.readers()),
            new StoragePorts(loop, loop, new SplittableRandom(1)),
            new StorageListener() {
              @Override
              public void failed(StorageFailure failure) {
                failures.add(failure);
              }

              @Override
              public void onCorruptRange(CorruptRange range) {
                throw new AssertionError(range);
              }
            });
    loop.run(VirtualLoop.WRITE_NANOS * 20);
    return storage;
  }

  /** The same, whose files throw what they are told. */
  private <T> T watched(Class<T> type, T real) {
    return type.cast(
        Proxy.newProxyInstance(
            LogErrorsTest.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              if (type == Disk.File.class) {
                toss(method.getName().equals("write") ? onWrite : null);
                toss(method.getName().equals("fsync") ? onForce : null);
              }
              try {
                Object result = method.invoke(real, arguments);
                return result instanceof Disk.File file ? watched(Disk.File.class, file) : result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  private static <E extends Throwable> void toss(@Nullable Throwable error) throws E {
    if (error != null) {
      @SuppressWarnings("unchecked")
      E any = (E) error;
      throw any;
    }
  }

  private StorageLife.Outcome append(LogStorage storage, int i) {
    StorageLife.Outcome outcome = new StorageLife.Outcome();
    Key key = StorageLife.key(i);
    AppendRejection refused =
        storage.append(
            key,
            StorageLife.partition(key),
            i,
            ("value " + i).getBytes(UTF_8),
            Durability.SYNCED,
            outcome);
    outcome.taken = refused == null;
    return outcome;
  }

  private void failsAllThatWait(Runnable plant) throws IOException {
    LogStorage storage = open();
    StorageLife.Outcome before = append(storage, 1);
    loop.drain();
    assertThat(before.ended()).isTrue();
    assertThat(before.failure).isNull();
    plant.run();
    StorageLife.Outcome failed = append(storage, 2);
    StorageLife.Outcome behind = append(storage, 3);
    loop.run(VirtualLoop.WRITE_NANOS * 100);
    onWrite = null;
    onForce = null;
    onHandOver = null;
    loop.drain();
    for (StorageLife.Outcome outcome : List.of(failed, behind)) {
      assertThat(outcome.taken).isTrue();
      assertThat(outcome.ended()).isTrue();
      assertThat(outcome.failure).isNotNull();
    }
    assertThat(failures).hasSize(1);
    assertThat(failures.get(0).reason()).contains("planted");
    assertThat(append(storage, 4).taken).isFalse();
  }

  @ParameterizedTest
  @MethodSource("errors")
  void anErrorOfAWriteIsAFailedAppend(Throwable error) throws IOException {
    failsAllThatWait(() -> onWrite = error);
  }

  @ParameterizedTest
  @MethodSource("errors")
  void anErrorOfAnFsyncIsAFailedAppend(Throwable error) throws IOException {
    failsAllThatWait(() -> onForce = error);
  }

  @ParameterizedTest
  @MethodSource("errors")
  void anErrorOfTheHandOverToTheWriterIsAFailedAppend(Throwable error) throws IOException {
    failsAllThatWait(() -> onHandOver = error);
  }
}
