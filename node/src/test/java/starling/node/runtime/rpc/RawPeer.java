package starling.node.runtime.rpc;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.gossip.ProcessIncarnation;
import starling.node.port.Transport.Channel;

/** A socket that says whatever a test wants a hostile, broken or dying peer to say. */
final class RawPeer implements AutoCloseable {
  private final Socket socket;
  private final DataOutputStream out;
  private final DataInputStream in;

  RawPeer(TestPeer to) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), to.port);
    socket.setSoTimeout(10_000);
    out = new DataOutputStream(socket.getOutputStream());
    in = new DataInputStream(socket.getInputStream());
  }

  static Hello hello(int number, Channel channel) {
    return hello(
        TestPeer.CLUSTER, null, TestPeer.id(number), new ProcessIncarnation(1, number), 1, channel);
  }

  static Hello hello(
      String name,
      @Nullable UUID cluster,
      UUID id,
      ProcessIncarnation life,
      long greeting,
      Channel channel) {
    return new Hello(channel, name, cluster, id, life, greeting, new Address("192.0.2.1", 1));
  }

  /** Writes; the other side may close in the middle of it. */
  RawPeer say(byte[] bytes) throws IOException {
    out.write(bytes);
    return this;
  }

  RawPeer frame(int kind, byte[] payload) throws IOException {
    return say(bytes(kind, payload));
  }

  static byte[] bytes(int kind, byte[] payload) throws IOException {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    DataOutputStream data = new DataOutputStream(frame);
    data.writeInt(payload.length + 1);
    data.writeByte(kind);
    data.write(payload);
    return frame.toByteArray();
  }

  /** Greets and waits for the welcome. */
  RawPeer greet(Hello hello) throws IOException {
    frame(Frame.HELLO, hello.encode());
    int kind = heard().kind();
    if (kind != Frame.WELCOME) {
      throw new IOException("answered with " + kind);
    }
    return this;
  }

  record Heard(int kind, byte[] payload) {}

  Heard heard() throws IOException {
    int length = in.readInt();
    int kind = in.readByte();
    byte[] payload = new byte[length - 1];
    in.readFully(payload);
    return new Heard(kind, payload);
  }

  HandshakeRejection refusal() throws IOException {
    Heard heard = heard();
    if (heard.kind() != Frame.REFUSED) {
      throw new IOException("heard a frame of kind " + heard.kind());
    }
    return HandshakeRejection.decode(heard.payload());
  }

  /** Says that nothing more will come. */
  void finish() {
    try {
      socket.shutdownOutput();
    } catch (IOException e) {
      // The other side was quicker.
    }
  }

  /** Reads up to the end; true if the other side has closed, whether politely or not. */
  boolean ended() {
    try {
      while (in.read() >= 0) {
        // What comes on the way does not matter.
      }
      return true;
    } catch (java.net.SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  /** Ends with a reset instead of an end. */
  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
