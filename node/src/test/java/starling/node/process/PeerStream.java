package starling.node.process;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import starling.node.version.BinaryReader;

/**
 * One connection between two nodes, carried through {@link PeerLinks}. The first frame, the
 * greeting, tells who dials: it ends with the address that the caller tells others of itself. Each
 * direction has a thread that reads and one that writes, so that a delay is one of time and not of
 * throughput. It ends as a whole, always by a reset; an end does not pass a link that passes
 * nothing.
 */
final class PeerStream {
  private static final int PIECE_BYTES = 16 << 10;
  private static final int MAX_GREETING_BYTES = 4096;
  private static final byte[] END = new byte[0];

  private record Piece(long dueNanos, byte[] bytes) {}

  private final PeerLinks links;
  private final Socket near;
  private final int dialled;
  private final int peerPort;
  private volatile int dialler = -1;
  private volatile Socket far = new Socket();
  private volatile Direction there;
  private volatile Direction back;
  private volatile boolean over;

  /**
   * @param near the side that has dialled
   * @param dialled the node that it wants
   */
  PeerStream(PeerLinks links, Socket near, int dialled, int peerPort) {
    this.links = links;
    this.near = near;
    this.dialled = dialled;
    this.peerPort = peerPort;
  }

  /** Carries the connection until it ends; on a thread of its own. */
  void run() {
    links.add(this);
    try {
      near.setTcpNoDelay(true);
      byte[] greeting = greeting(new DataInputStream(near.getInputStream()));
      dialler = dialler(greeting);
      if (refused()) {
        links.resets.increment();
        reset();
        return;
      }
      far = new Socket(InetAddress.getLoopbackAddress(), peerPort);
      far.setTcpNoDelay(true);
      there = new Direction(dialler, dialled, near, far);
      back = new Direction(dialled, dialler, far, near);
      there.take(greeting, greeting.length);
      PeerLinks.daemon("write", there::write);
      PeerLinks.daemon("read", back::read);
      PeerLinks.daemon("write", back::write);
      linkChanged();
      there.read();
    } catch (IOException | RuntimeException e) {
      reset();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static byte[] greeting(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 1 || length > MAX_GREETING_BYTES) {
      throw new IOException("no greeting has " + length + " bytes");
    }
    byte[] payload = in.readNBytes(length);
    return ByteBuffer.allocate(4 + length).putInt(length).put(payload).array();
  }

  private int dialler(byte[] frame) {
    BinaryReader in = new BinaryReader(Arrays.copyOfRange(frame, 5, frame.length));
    in.raw(7, "magic, versions and channel");
    String unused = in.text("the cluster name");
    in.raw(16 + 16 + 8 + 8 + 8, "ids, life and number");
    String host = in.text("the host");
    int port = (int) in.varint("the port");
    return host.isEmpty() ? -1 : links.nodeAt(port);
  }

  private boolean refused() {
    return links.fault(dialler, dialled).way() == LinkFault.Way.REFUSE
        || links.fault(dialled, dialler).way() == LinkFault.Way.REFUSE;
  }

  boolean over() {
    return over;
  }

  /** A fault has come or gone on some link. */
  void linkChanged() {
    Direction one = there;
    Direction other = back;
    if (one == null || other == null) {
      return;
    }
    if (refused()) {
      links.resets.increment();
      reset();
    } else if (one.brokenAndHealed() || other.brokenAndHealed()) {
      reset();
    }
  }

  /** Ends it for both sides at once, as if a machine on the way had forgotten it. */
  synchronized void reset() {
    if (!over) {
      over = true;
      cut(near);
      cut(far);
      links.remove(this);
    }
  }

  private static void cut(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
    } catch (IOException e) {
      // It is closed already.
    }
    try {
      socket.close();
    } catch (IOException e) {
      // Nor is there anything left to close.
    }
  }

  /** One of its two directions. */
  private final class Direction {
    private final int from;
    private final int to;
    private final Socket in;
    private final Socket out;
    private final BlockingQueue<Piece> onTheWay = new ArrayBlockingQueue<>(512);
    private long lastDue = System.nanoTime();

    /** Bytes, or the end, did not pass. */
    private volatile boolean broken;

    Direction(int from, int to, Socket in, Socket out) {
      this.from = from;
      this.to = to;
      this.in = in;
      this.out = out;
    }

    LinkFault fault() {
      return links.fault(from, to);
    }

    boolean brokenAndHealed() {
      return broken && fault().way() == LinkFault.Way.PASS;
    }

    void take(byte[] bytes, int length) throws InterruptedException {
      LinkFault fault = fault();
      int millis =
          fault.mostMillis() == 0
              ? 0
              : ThreadLocalRandom.current().nextInt(fault.leastMillis(), fault.mostMillis() + 1);
      if (millis > 0) {
        links.delayedPieces.increment();
      }
      lastDue = Math.max(lastDue, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis));
      onTheWay.put(new Piece(lastDue, length == 0 ? END : Arrays.copyOf(bytes, length)));
    }

    void read() {
      byte[] buffer = new byte[PIECE_BYTES];
      try {
        InputStream stream = in.getInputStream();
        for (int n = stream.read(buffer); n > 0; n = stream.read(buffer)) {
          take(buffer, n);
        }
      } catch (IOException e) {
        // A reset is an end like any other here.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      try {
        take(END, 0);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    void write() {
      try {
        while (!over) {
          Piece piece = onTheWay.poll(1, TimeUnit.SECONDS);
          if (piece != null) {
            deliver(piece);
          }
        }
      } catch (IOException e) {
        reset();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private void deliver(Piece piece) throws IOException, InterruptedException {
      TimeUnit.NANOSECONDS.sleep(piece.dueNanos - System.nanoTime());
      LinkFault fault = links.awaitNotHeld(from, to, PeerStream.this);
      if (over) {
        return;
      }
      if (fault.way() == LinkFault.Way.SWALLOW) {
        links.lostBytes.add(piece.bytes.length);
        broken = true;
        linkChanged();
      } else if (piece.bytes.length == 0) {
        reset();
      } else if (fault.resetChance() > 0
          && ThreadLocalRandom.current().nextDouble() < fault.resetChance()) {
        out.getOutputStream().write(piece.bytes, 0, piece.bytes.length / 2);
        links.resets.increment();
        reset();
      } else {
        out.getOutputStream().write(piece.bytes);
        links.passedBytes.add(piece.bytes.length);
      }
    }
  }
}
