package starling.node.runtime.rpc;

import io.vertx.core.net.NetSocket;
import org.jspecify.annotations.Nullable;

/**
 * Accepts the connections that others make: bounded in number, more tightly before the greeting. It
 * reads only a greeting; a caller that is not accepted gets the reason, once, and is closed.
 */
final class Acceptor implements PeerConnection.Events {
  private final PeerNetworkConfig.Bounds bounds;
  private final OpenConnections connections;
  private final Identity identity;
  private final HandshakePolicy doorkeeper;
  private final ConnectionRegistry lines;
  private final Connector dialler;
  private final PeerNetwork network;
  private boolean stopped;

  Acceptor(
      PeerNetworkConfig.Bounds bounds,
      OpenConnections connections,
      Identity identity,
      HandshakePolicy doorkeeper,
      ConnectionRegistry lines,
      Connector dialler,
      PeerNetwork network) {
    this.bounds = bounds;
    this.connections = connections;
    this.identity = identity;
    this.doorkeeper = doorkeeper;
    this.lines = lines;
    this.dialler = dialler;
    this.network = network;
  }

  void accept(NetSocket socket) {
    boolean full = connections.inbound() >= bounds.inbound();
    if (stopped || full || connections.ungreeted() >= bounds.ungreeted()) {
      network.count(RejectionReason.CROWDED, "there are too many connections of other nodes");
      var unused = socket.close();
      return;
    }
    var unused = connections.open(socket, false, this);
  }

  @Override
  public boolean onFrame(PeerConnection from, int kind, byte[] payload) {
    HandshakeRejection refused = kind == Frame.HELLO ? greeted(from, payload) : notAGreeting(kind);
    if (refused != null) {
      network.refuse(from, refused);
    }
    return !from.ended();
  }

  private HandshakeRejection notAGreeting(int kind) {
    return doorkeeper.refusal(
        RejectionReason.MALFORMED, "a frame of kind " + kind + " came in place of a greeting");
  }

  private @Nullable HandshakeRejection greeted(PeerConnection from, byte[] payload) {
    HandshakePolicy.Decision verdict = doorkeeper.judge(payload);
    Hello stranger = verdict.hello();
    HandshakeRejection refused = verdict.refused();
    if (refused != null) {
      if (refused.reason() == RejectionReason.SAME_ID && stranger != null) {
        network.onSameId(stranger.life());
      }
      return refused;
    }
    Hello peer = verdict.welcome();
    Hello welcome = identity.greeting(peer.channel());
    if (!lines.mayStand(from.greetings(welcome, peer), peer)) {
      return standsInTheWay(peer);
    }
    if (dialler.hasGreeted(peer) && identity.node().compareTo(peer.node()) < 0) {
      return doorkeeper.refusal(
          RejectionReason.SECOND, "the called node has dialled too, and its id is lower");
    }
    from.greeted(welcome);
    boolean unused = from.send(Frame.WELCOME, welcome.encode(), connections.now());
    network.establish(from, peer);
    dialler.overtaken(from);
    return null;
  }

  private HandshakeRejection standsInTheWay(Hello peer) {
    PeerConnection standing = lines.standing(peer.node(), peer.channel());
    if (standing != null
        && !standing.theirs().life().sameProcess(peer.life())
        && !network.silent(standing)) {
      // The rejection names that process: if it was heard since the caller began, the caller must
      // end, and learns the reason only here.
      return new HandshakeRejection(
          RejectionReason.EARLIER_LIFE,
          standing.theirs().life(),
          "a later incarnation of " + peer.node() + " is connected");
    }
    return doorkeeper.refusal(
        RejectionReason.SECOND, "a connection that was made later is established");
  }

  @Override
  public void onBadLength(PeerConnection from, long length) {
    network.refuse(from, doorkeeper.tooLong(length));
  }

  @Override
  public void onBatchEnd() {
    network.listener().onBatchEnd();
  }

  @Override
  public void onEnd(PeerConnection from) {
    // It was never added.
  }

  void stop() {
    stopped = true;
  }
}
