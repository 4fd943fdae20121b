package starling.node.request;

/** A read or a write of one key, as a client asked for it. */
public sealed interface ClientRequest permits ReadRequest, WriteRequest {
  /** The id the request carries through every log. */
  String requestId();

  String bucket();

  RequestOptions options();
}
