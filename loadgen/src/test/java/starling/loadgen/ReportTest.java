package starling.loadgen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/** The page of a made-up run of 4 s: its charts are read back by their coordinates. */
class ReportTest {
  private static final double EXACT = 0.11;

  private static ObjectNode result() throws IOException {
    return (ObjectNode)
        new ObjectMapper()
            .readTree(
                """
                {"command": "loadgen run --out 'x </pre><script>'", "workload": "a",
                 "started": "2026-01-01T00:00:00Z", "distribution": "zipfian", "records": 1000,
                 "valueBytes": 64, "concurrency": 8, "seconds": 4.0, "operations": 700,
                 "errors": 12, "throughput": 175.0,
                 "latencyMicros": {"p50": 200, "p95": 1500, "p99": 2000, "p999": 30000, "max": 40000},
                 "kinds": {"read": {"operations": 700, "errors": 12, "latencyMicros":
                   {"p50": 200, "p95": 1500, "p99": 2000, "p999": 30000, "max": 40000}}},
                 "cpuMicrosPerOperation": {"servers": null, "generator": 12.5},
                 "generatorCores": 0.1, "errorKinds": {"unavailable": 12},
                 "warmUp": {"windows": 0, "steady": false}, "warnings": ["a < b"],
                 "events": [{"seconds": 2.0, "text": "n2 <killed>"}],
                 "windows": [
                  {"endSeconds": 1.0, "throughput": 200.0, "errors": 0, "p50": 100, "p99": 1000, "p999": 10000, "max": 100000},
                  {"endSeconds": 2.0, "throughput": 300.0, "errors": 0, "p50": 100, "p99": 1000, "p999": 10000, "max": 100000},
                  {"endSeconds": 3.0, "throughput": 0.0, "errors": 12, "p50": 0, "p99": 0, "p999": 0, "max": 0},
                  {"endSeconds": 4.0, "throughput": 200.0, "errors": 0, "p50": 100, "p99": 1000, "p999": 10000, "max": 100000}],
                 "curve": [[0.0, 100.0], [50.0, 200.0], [90.0, 1000.0], [99.0, 2000.0],
                  [99.9, 30000.0], [99.99, 40000.0]]}
                """);
  }

  private static Element svg(String title)
      throws IOException, ParserConfigurationException, SAXException {
    String html = Report.html(result());
    String from = "<svg viewBox=\"0 0 900 260\" role=\"img\" aria-label=\"" + title + "\"";
    assertThat(html).contains(from);
    String text = html.substring(html.indexOf(from));
    text = text.substring(0, text.indexOf("</svg>") + "</svg>".length());
    Document document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(text)));
    return document.getDocumentElement();
  }

  private static List<Element> all(Element svg, String name, String kind) {
    NodeList nodes = svg.getElementsByTagName(name);
    List<Element> found = new ArrayList<>();
    for (int i = 0; i < nodes.getLength(); i++) {
      if (nodes.item(i) instanceof Element e && e.getAttribute("class").equals(kind)) {
        found.add(e);
      }
    }
    return found;
  }

  private static List<String> texts(Element svg, String kind) {
    return all(svg, "text", kind).stream().map(Element::getTextContent).toList();
  }

  private static double number(Element element, String name) {
    return Double.parseDouble(element.getAttribute(name));
  }

  /** Where a tick with this label is. */
  private static double tick(Element svg, String axis, String label) {
    Element found =
        all(svg, "text", axis).stream()
            .filter(e -> e.getTextContent().equals(label))
            .findFirst()
            .orElseThrow();
    return number(found, axis) - (axis.equals("y") ? 4 : 0);
  }

  /** The pieces of lines, each a list of points. */
  private static List<List<double[]>> pieces(Element svg) {
    return all(svg, "polyline", "").stream()
        .map(
            line ->
                Arrays.stream(line.getAttribute("points").split(" "))
                    .map(
                        p -> Arrays.stream(p.split(",")).mapToDouble(Double::parseDouble).toArray())
                    .toList())
        .toList();
  }

  @Test
  void theReportCarriesTheResultAndNeedsNoNetwork() throws IOException {
    String html = Report.html(result());
    assertThat(html)
        .contains("<h1>Workload a: 175 operations per second, 12 errors</h1>")
        .contains("<pre>loadgen run --out 'x &lt;/pre&gt;&lt;script&gt;'</pre>")
        .contains("Warning: a &lt; b", "<li>2 s: n2 &lt;killed&gt;</li>")
        .contains("closed loop, 8 operations at once, for 4 s", "Errors by kind: 12 unavailable")
        .contains("<td>read</td><td>700</td><td>12</td><td>200</td><td>1,500</td>")
        .doesNotContain("<script", "http://", "https://", "src=", "url(", "@import");
  }

  @Test
  void throughputIsAtItsValueInTheMiddleOfItsWindow()
      throws IOException, ParserConfigurationException, SAXException {
    Element svg = svg("Throughput over time");
    assertThat(texts(svg, "axis"))
        .containsExactly("seconds since the beginning of the measurement", "operations per second");
    assertThat(texts(svg, "x")).containsExactly("0", "1", "2", "3", "4");
    assertThat(texts(svg, "y")).containsExactly("0", "100", "200", "300");
    List<double[]> line = pieces(svg).get(0);
    assertThat(line).hasSize(4);
    assertThat(line.get(1)[1]).isCloseTo(tick(svg, "y", "300"), within(EXACT));
    assertThat(line.get(2)[1]).isCloseTo(tick(svg, "y", "0"), within(EXACT));
    double middle = (tick(svg, "x", "1") + tick(svg, "x", "2")) / 2;
    assertThat(line.get(1)[0]).isCloseTo(middle, within(EXACT));
  }

  @Test
  void eventsAreMarkedAndFailingSecondsColoured()
      throws IOException, ParserConfigurationException, SAXException {
    for (String title : List.of("Throughput", "Errors", "Latency")) {
      Element svg = svg(title + " over time");
      Element mark = all(svg, "line", "mark").get(0);
      assertThat(number(mark, "x1")).isCloseTo(tick(svg, "x", "2"), within(EXACT));
      assertThat(texts(svg, "mark")).containsExactly("1");
      Element band = all(svg, "rect", "band").get(0);
      assertThat(number(band, "x")).isCloseTo(tick(svg, "x", "2"), within(EXACT));
      assertThat(number(band, "x") + number(band, "width"))
          .isCloseTo(tick(svg, "x", "3"), within(EXACT));
    }
  }

  @Test
  void aSecondWithoutOperationsInterruptsTheLinesOfLatency()
      throws IOException, ParserConfigurationException, SAXException {
    Element svg = svg("Latency over time");
    assertThat(texts(svg, "axis")).contains("microseconds");
    assertThat(texts(svg, "y")).containsExactly("100", "1,000", "10,000", "100,000");
    List<List<double[]>> pieces = pieces(svg);
    assertThat(pieces).extracting(List::size).containsExactly(2, 1, 2, 1, 2, 1, 2, 1);
    assertThat(pieces.get(2).get(0)[1]).isCloseTo(tick(svg, "y", "1,000"), within(EXACT));
  }

  @Test
  void theCurveGoesByNinesToFourOfThem()
      throws IOException, ParserConfigurationException, SAXException {
    Element svg = svg("Latency by percentile");
    assertThat(texts(svg, "x")).containsExactly("0", "50", "90", "99", "99.9", "99.99");
    List<double[]> line = pieces(svg).get(0);
    assertThat(line.get(2)[0]).isCloseTo(tick(svg, "x", "90"), within(EXACT));
    assertThat(line.get(2)[1]).isCloseTo(tick(svg, "y", "1,000"), within(EXACT));
    assertThat(line.get(5)[0]).isCloseTo(tick(svg, "x", "99.99"), within(EXACT));
    double nine = tick(svg, "x", "99") - tick(svg, "x", "90");
    assertThat(tick(svg, "x", "99.9") - tick(svg, "x", "99")).isCloseTo(nine, within(0.3));
  }

  @Test
  void axesHaveFewAndRoundTicks() {
    for (double max : new double[] {0, 0.4, 1, 3, 7, 12, 99, 1234, 17_500, 9.9e6}) {
      List<Chart.Tick> ticks = Chart.Axis.linear("x", max).ticks();
      assertThat(ticks.size()).as("up to %s", max).isBetween(2, 7);
      assertThat(ticks.get(ticks.size() - 1).value()).isGreaterThanOrEqualTo(max);
      assertThat(ticks).extracting(Chart.Tick::label).doesNotHaveDuplicates();
    }
    assertThat(Chart.Axis.logarithmic("x", 120, 180).ticks())
        .extracting(Chart.Tick::label)
        .containsExactly("100", "200", "500", "1,000");
    assertThat(Chart.Axis.logarithmic("x", 0.02, 3e6).ticks()).hasSize(10);
  }
}
