package starling.client;

import java.util.List;

/**
 * One HTTP request.
 *
 * @param target path and query
 * @param headers names and values, alternating; without Host and Content-Length
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record WireRequest(String method, String target, List<String> headers, byte[] body) {
  static final byte[] NO_BODY = new byte[0];
}
