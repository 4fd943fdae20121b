package starling.node.runtime.storage;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;
import starling.node.port.Disk;
import starling.node.port.OutOfMemory;

/**
 * Maps files so that they can be unmapped again. Where Java has arenas (22 and later), closing one
 * unmaps at once, and a late reader gets an exception. Before that the garbage collector ends a
 * mapping, and frees the space of a deleted file with it: the alternative there would crash the
 * process under a late reader.
 */
final class FileMapping {
  private static final @Nullable Arenas ARENAS = Arenas.find();

  private FileMapping() {}

  static Disk.Mapping of(FileChannel channel) throws IOException {
    if (ARENAS != null && channel.size() > 0) {
      return ARENAS.map(channel);
    }
    ByteBuffer buffer = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
    return new Disk.Mapping() {
      @Override
      public ByteBuffer buffer() {
        return buffer;
      }

      @Override
      public void close() {
        // The garbage collector does it.
      }
    };
  }

  /** java.lang.foreign, which the release that this is compiled for does not have yet. */
  private record Arenas(MethodHandle ofShared, MethodHandle map, MethodHandle asByteBuffer) {
    static @Nullable Arenas find() {
      try {
        MethodHandles.Lookup lookup = MethodHandles.publicLookup();
        Class<?> arena = Class.forName("java.lang.foreign.Arena");
        Class<?> segment = Class.forName("java.lang.foreign.MemorySegment");
        return new Arenas(
            lookup.findStatic(arena, "ofShared", MethodType.methodType(arena)),
            lookup.findVirtual(
                FileChannel.class,
                "map",
                MethodType.methodType(
                    segment, FileChannel.MapMode.class, long.class, long.class, arena)),
            lookup.findVirtual(segment, "asByteBuffer", MethodType.methodType(ByteBuffer.class)));
      } catch (ReflectiveOperationException e) {
        return null;
      }
    }

    Disk.Mapping map(FileChannel channel) throws IOException {
      try {
        AutoCloseable arena = (AutoCloseable) ofShared.invoke();
        Object segment =
            map.invoke(channel, FileChannel.MapMode.READ_ONLY, 0L, channel.size(), arena);
        ByteBuffer buffer = (ByteBuffer) asByteBuffer.invoke(segment);
        return new Disk.Mapping() {
          @Override
          public ByteBuffer buffer() {
            return buffer;
          }

          @Override
          public void close() {
            try {
              arena.close();
            } catch (Exception e) {
              throw new IllegalStateException("a mapping is closed while it is read", e);
            }
          }
        };
      } catch (IOException | RuntimeException | Error e) {
        OutOfMemory.endsProcess(e);
        throw e;
      } catch (Throwable e) {
        OutOfMemory.endsProcess(e);
        throw new IOException("cannot map a file", e);
      }
    }
  }
}
