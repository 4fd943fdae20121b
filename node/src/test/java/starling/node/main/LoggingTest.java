package starling.node.main;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.joran.spi.JoranException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

/** The logging configuration that the jar carries. */
class LoggingTest {
  @Test
  void logLinesAreUtf8InEachLocale() throws JoranException {
    LoggerContext context = new LoggerContext();
    JoranConfigurator configurator = new JoranConfigurator();
    configurator.setContext(context);
    configurator.doConfigure(Starling.class.getResource("/logback.xml"));
    try {
      var appender =
          (ConsoleAppender<ILoggingEvent>)
              context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("STDERR");
      assertThat(appender.getTarget()).isEqualTo("System.err");
      assertThat(((PatternLayoutEncoder) appender.getEncoder()).getCharset())
          .isEqualTo(StandardCharsets.UTF_8);
    } finally {
      context.stop();
    }
  }
}
