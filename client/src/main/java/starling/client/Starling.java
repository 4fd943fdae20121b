package starling.client;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import starling.wire.BucketNames;

/**
 * A client of one cluster: one for each process. Thread-safe; everything that it makes is a cheap
 * view of it. It has one thread and a few connections to each node.
 *
 * <pre>{@code
 * try (Starling starling = Starling.connect("127.0.0.1:8080")) {
 *   BlockingBucket<String> names = starling.bucket("names", Codecs.text()).blocking();
 *   names.put("ada", "Ada Lovelace");
 *   System.out.println(names.get("ada").orElse("unknown"));
 * }
 * }</pre>
 */
public final class Starling implements AutoCloseable {
  private static final long CLOSE_MILLIS = 1000;

  private final Core core;
  private final Behavior behavior;

  private Starling(Core core, Behavior behavior) {
    this.core = core;
    this.behavior = behavior;
  }

  public static Builder builder() {
    return new Builder();
  }

  /**
   * A client with the default options. It connects in the background; calls wait for that, at most
   * until their deadlines.
   *
   * @param endpoints addresses of the REST API of one or more nodes, {@code host:port}
   * @throws InvalidRequestException if an endpoint is none
   */
  public static Starling connect(String... endpoints) {
    return builder().endpoints(endpoints).build();
  }

  /** A bucket of bytes. */
  public Bucket<byte[]> bucket(String name) {
    return bucket(name, Codecs.bytes());
  }

  /**
   * A bucket of values.
   *
   * @throws InvalidRequestException if no bucket can have this name
   */
  public <T> Bucket<T> bucket(String name, Codec<T> codec) {
    if (!BucketNames.valid(name)) {
      throw InvalidRequestException.before(
          "bucket",
          "a bucket's name has 1 to "
              + BucketNames.MAX_LENGTH
              + " of A-Z a-z 0-9 . _ -, not '"
              + name
              + "'");
    }
    return new Bucket<>(core, SpecMaker.Place.of(name), codec, null, null, behavior);
  }

  /** A session that has seen nothing. */
  public Session session() {
    return new Session();
  }

  /**
   * A session that continues another, perhaps of another process.
   *
   * @throws InvalidRequestException if this is no token
   */
  public Session session(String token) {
    return Session.of(token);
  }

  /** The cluster itself. */
  public Cluster cluster() {
    return new Cluster(core, behavior);
  }

  /**
   * Sends a request of the program's own.
   *
   * @return it fails like every call, where the node answers with a status from 400 on, too: {@link
   *     StarlingException#status} says which
   */
  public CompletableFuture<Response> send(Request request) {
    return Core.guarded(() -> core.start(core.specs().request(request, behavior), Response::new));
  }

  /** The same client with another behavior. Closing either closes both. */
  public Starling with(Behavior other) {
    return new Starling(core, other);
  }

  /** Ends the client and waits for that, at most 1 s. Open calls fail. */
  @Override
  public void close() {
    CompletableFuture<Void> closing = closeAsync();
    if (core.engine().onOwnThread()) {
      return;
    }
    try {
      closing.get(CLOSE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      // The client is closed for its users; what is left ends by itself.
    }
  }

  /** Ends the client. Open calls fail with {@link ClosedException}. */
  public CompletableFuture<Void> closeAsync() {
    return core.engine().close();
  }

  /** The options of a client. */
  public static final class Builder {
    private static final int MAX_ENDPOINTS = 64;

    private final Set<Endpoint> endpoints = new LinkedHashSet<>();
    private @Nullable Supplier<String> token;
    private @Nullable Tls tls;
    private Routing routing = Routing.RING;
    private String zone = "";
    private Behavior behavior = Behavior.DEFAULT;
    private Transport transport = Transport.vertx();
    private int maxInFlightPerNode = 256;
    private int maxWaiting = 1024;
    private Observer observer = Observer.NONE;

    private Builder() {}

    /**
     * Addresses of nodes, {@code host:port}; one that answers is enough to find all others, unless
     * {@link #routing} keeps the client to them.
     */
    public Builder endpoints(String... addresses) {
      for (String address : addresses) {
        endpoints.add(Endpoint.parse(address));
      }
      return this;
    }

    /**
     * The bearer token. The supplier is asked for each request that the client makes, so the token
     * can change: in the caller's thread, and for what the client does by itself in the client's.
     * It must not wait.
     */
    public Builder token(Supplier<String> supplier) {
      token = supplier;
      return this;
    }

    /** TLS to the nodes. */
    public Builder tls(Tls settings) {
      tls = settings;
      return this;
    }

    /** Which nodes requests go to; {@link Routing#RING} if nothing is said. */
    public Builder routing(Routing value) {
      routing = Objects.requireNonNull(value, "routing");
      return this;
    }

    /** The zone of this process: its nodes are preferred. */
    public Builder zone(String name) {
      zone = Objects.requireNonNull(name, "zone");
      return this;
    }

    /** How calls are executed, where no handle says otherwise. */
    public Builder behavior(Behavior value) {
      behavior = Objects.requireNonNull(value, "behavior");
      return this;
    }

    /** How requests travel. */
    public Builder transport(Transport value) {
      transport = Objects.requireNonNull(value, "transport");
      return this;
    }

    /** The most requests that one node has at once, from 1 to 65,536. */
    public Builder maxInFlightPerNode(int requests) {
      maxInFlightPerNode = within("maxInFlightPerNode", requests, 1);
      return this;
    }

    /** The most calls that wait for a node, from 0 to 65,536; more fail at once. */
    public Builder maxWaiting(int calls) {
      maxWaiting = within("maxWaiting", calls, 0);
      return this;
    }

    /** Told of every call. */
    public Builder observer(Observer value) {
      observer = Objects.requireNonNull(value, "observer");
      return this;
    }

    private static int within(String name, int value, int least) {
      if (value < least || value > 1 << 16) {
        throw InvalidRequestException.before(
            name, name + " must be from " + least + " to 65536, not " + value);
      }
      return value;
    }

    /**
     * The client.
     *
     * @throws InvalidRequestException without endpoints, or with more than 64, or if a file of
     *     {@link #tls} is missing or broken
     */
    public Starling build() {
      if (endpoints.isEmpty() || endpoints.size() > MAX_ENDPOINTS) {
        throw InvalidRequestException.before(
            "endpoints", "a client needs 1 to 64 endpoints, not " + endpoints.size());
      }
      if (tls != null) {
        // Read here, where a broken file can be told.
        var unused = tls.files();
      }
      Supplier<List<String>> credentials = credentials(token);
      Engine engine =
          new Engine(
              transport.open(tls),
              () -> ThreadLocalRandom.current().nextDouble(),
              credentials,
              new ArrayList<>(endpoints),
              routing,
              zone,
              maxInFlightPerNode,
              maxWaiting);
      SecureRandom random = new SecureRandom();
      String prefix =
          Long.toString(random.nextLong() >>> 1, Character.MAX_RADIX)
              + Long.toString(random.nextInt() & 0x7fffffffL, Character.MAX_RADIX)
              + '-';
      return new Starling(
          new Core(engine, new SpecMaker(prefix, credentials), new SafeObserver(observer)),
          behavior);
    }

    private static Supplier<List<String>> credentials(@Nullable Supplier<String> token) {
      if (token == null) {
        return List::of;
      }
      return () -> {
        String text;
        try {
          text = token.get();
        } catch (Throwable e) {
          throw InvalidRequestException.before("token", "the token supplier failed: " + e, e);
        }
        if (text == null || text.isEmpty() || !Text.visible(text)) {
          throw InvalidRequestException.before(
              "token", "the token supplier did not return visible ASCII characters");
        }
        return List.of("Authorization", "Bearer " + text);
      };
    }
  }
}
