package starling.client;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How requests travel. Two exist: {@link #vertx} is the default and costs less CPU; {@link #jdk}
 * needs no class beyond the JDK's.
 */
public abstract class Transport {
  Transport() {}

  /** HTTP/1.1 with pipelining on Vert.x, a few connections for each node, one thread. */
  public static Transport vertx() {
    return new VertxTransport(null);
  }

  /**
   * The same from one address of this machine, where it has several: firewalls and logs tell
   * programs apart by it.
   *
   * @param localAddress an address of this machine, without a port; another one makes all calls
   *     fail
   */
  public static Transport vertx(String localAddress) {
    return new VertxTransport(Objects.requireNonNull(localAddress, "localAddress"));
  }

  /**
   * The JDK's HttpClient, without pipelining. On a JDK before 21 its selector thread ends only when
   * the closed client is garbage collected, and after 70 s where a node completed no connection.
   */
  public static Transport jdk() {
    return new JdkTransport();
  }

  /** Opens what one client uses; called once. */
  abstract Wire open(@Nullable Tls tls);
}
