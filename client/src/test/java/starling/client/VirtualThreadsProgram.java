package starling.client;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/**
 * Puts and gets a key on each of many virtual threads at once, and counts those that the JVM
 * reports as pinned to their carriers. One more thread is pinned on purpose, by waiting while its
 * class is initialized: otherwise a JVM that reports nothing would look good. Needs a JDK 25 to
 * run, but not to compile.
 */
final class VirtualThreadsProgram {
  private static final String PINNED = "jdk.VirtualThreadPinned";
  private static final String ON_PURPOSE = "on-purpose-";

  /** Its initialization waits, with a native frame on the stack. */
  private static final class Waiting {
    static {
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }

    private Waiting() {}

    static void touch() {}
  }

  private VirtualThreadsProgram() {}

  public static void main(String[] args) throws Exception {
    int count = Integer.parseInt(args[0]);
    String[] endpoints = Arrays.copyOfRange(args, 1, args.length);
    Path file = Path.of("pinned.jfr");
    AtomicInteger done = new AtomicInteger();
    AtomicInteger failed = new AtomicInteger();
    try (Recording recording = new Recording();
        Starling starling =
            Starling.builder()
                .endpoints(endpoints)
                .behavior(Behavior.PATIENT)
                .maxWaiting(count)
                .build()) {
      recording.enable(PINNED).withThreshold(Duration.ZERO).withStackTrace();
      recording.start();
      Thread pinned = factory(ON_PURPOSE).newThread(Waiting::touch);
      pinned.start();
      pinned.join();
      BlockingBucket<String> bucket = starling.bucket("virtual", Codecs.text()).blocking();
      // The JVM pins threads that wait while another one loads a class.
      bucket.put("first", "v");
      bucket.get("first").value();
      ThreadFactory threads = factory("call-");
      List<Thread> started = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        String key = "k" + i;
        Thread thread =
            threads.newThread(
                () -> {
                  try {
                    bucket.put(key, "v");
                    (bucket.get(key).value().equals("v") ? done : failed).incrementAndGet();
                  } catch (RuntimeException e) {
                    if (failed.getAndIncrement() == 0) {
                      System.out.println(e);
                    }
                  }
                });
        started.add(thread);
        thread.start();
      }
      for (Thread thread : started) {
        thread.join();
      }
      recording.stop();
      recording.dump(file);
    }
    int pinned = 0;
    int onPurpose = 0;
    for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
      if (event.getThread().getJavaName().startsWith(ON_PURPOSE)) {
        onPurpose++;
      } else if (pinned++ == 0) {
        System.out.println(event);
      }
    }
    System.out.printf(
        "result: %d threads done, %d failed, %d pinned, %d pinned on purpose%n",
        done.get(), failed.get(), pinned, onPurpose);
  }

  private static ThreadFactory factory(String prefix) throws ReflectiveOperationException {
    Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
    Class<?> type = Class.forName("java.lang.Thread$Builder");
    Object named = type.getMethod("name", String.class, long.class).invoke(builder, prefix, 0L);
    return (ThreadFactory) type.getMethod("factory").invoke(named);
  }
}
