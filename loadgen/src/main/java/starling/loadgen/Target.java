package starling.loadgen;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import starling.client.Bucket;
import starling.client.Codecs;
import starling.client.Reading;
import starling.client.Resolver;
import starling.client.Starling;
import starling.loadgen.workload.Operations.Operation;

/** Executes operations. */
interface Target {
  /** A reading, or what was written. */
  CompletableFuture<?> execute(Operation operation);

  /** Operations go to a bucket of a cluster. */
  static Target of(Starling starling, String name) {
    // Concurrent read-modify-writes leave siblings, and the next one replaces them.
    Bucket<String> bucket =
        starling.bucket(name, Codecs.text()).resolving(Resolver.largest(String::compareTo));
    return operation ->
        switch (operation.kind()) {
          case READ -> bucket.get(operation.key());
          case UPDATE, INSERT -> bucket.put(operation.key(), operation.value());
          case READ_MODIFY_WRITE -> bucket.update(operation.key(), value -> operation.value());
        };
  }

  /** Whether the result is a read that found nothing. */
  static boolean foundNothing(@Nullable Object result) {
    return result instanceof Reading.Absent;
  }
}
