package starling.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class Http1ReaderTest {
  private static final String ANSWERS =
      "HTTP/1.1 100 Continue\r\n\r\n"
          + "HTTP/1.1 200 OK\r\ncontent-LENGTH: 5\r\nETag: \"x\"\r\nX-Starling-Context:abc \r\n\r\nhello"
          + "HTTP/1.1 204 No Content\r\nX-Request-Id: 7\r\n\r\n"
          + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
          + "3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n"
          + "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 2\r\n"
          + "Content-Length: 2\r\n\r\n{}";

  private static List<Answer> read(String text, int piece) throws Exception {
    Http1Reader reader = new Http1Reader();
    List<Answer> answers = new ArrayList<>();
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    for (int from = 0; from < bytes.length; from += piece) {
      assertThat(reader.closing()).as("closes after the last answer only").isFalse();
      reader.read(
          Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + piece)), answers::add);
    }
    assertThat(reader.closing()).isEqualTo(text.contains("close"));
    return answers;
  }

  @Test
  void answersComeOutWhateverPiecesTheyComeIn() throws Exception {
    for (int piece = 1; piece <= ANSWERS.length(); piece++) {
      List<Answer> answers = read(ANSWERS, piece);
      assertThat(answers).extracting(answer -> answer.status).containsExactly(200, 204, 200, 503);
      assertThat(answers.get(0).body).asString().isEqualTo("hello");
      assertThat(answers.get(0).etag).isEqualTo("\"x\"");
      assertThat(answers.get(0).context).isEqualTo("abc");
      assertThat(answers.get(1).requestId).isEqualTo("7");
      assertThat(answers.get(2).body).asString().isEqualTo("abc0123456789");
      assertThat(answers.get(3).retryAfter).isEqualTo(2);
    }
  }

  @Test
  void whatIsNoAnswerOfANodeIsGarbage() {
    for (String garbage :
        List.of(
            "SSH-2.0-OpenSSH_9.2\r\n",
            "HTTP/2.0 200 OK\r\n\r\n",
            "HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 101 Switching\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
            "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc",
            "HTTP/1.1 200 OK\r\nX: " + "x".repeat(Http1Reader.MAX_HEAD_BYTES) + "\r\n")) {
      assertThatThrownBy(() -> read(garbage, garbage.length()))
          .as(garbage.substring(0, Math.min(60, garbage.length())))
          .isInstanceOf(Http1Reader.GarbageException.class);
    }
  }
}
