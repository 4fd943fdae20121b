package starling.node.main;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.ConsoleAppender;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.port.OutOfMemory;

/** Sets the level and the form of the lines of the log. */
final class Logging {
  private Logging() {}

  static void configure(String format, String level) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.getLogger("starling").setLevel(Level.valueOf(level.toUpperCase(Locale.ROOT)));
    if (format.equals("json")) {
      JsonEncoder encoder = new JsonEncoder();
      encoder.setContext(context);
      encoder.start();
      ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
      appender.setContext(context);
      appender.setTarget("System.err");
      appender.setEncoder(encoder);
      appender.start();
      ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
      root.detachAndStopAllAppenders();
      root.addAppender(appender);
    }
    MemoryWatch watch = new MemoryWatch();
    watch.setContext(context);
    watch.start();
    context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(watch);
  }

  /** Libraries catch errors, log them and go on; no process goes on without memory. */
  private static final class MemoryWatch extends AppenderBase<ILoggingEvent> {
    @Override
    protected void append(ILoggingEvent event) {
      if (event.getThrowableProxy() instanceof ThrowableProxy logged) {
        OutOfMemory.endsProcess(logged.getThrowable());
      }
    }
  }

  /**
   * Vert.x logs a warning with a stack trace for a connection that it accepts at the moment of the
   * server's close. Its client sees a closed connection, as it would a moment later; an operator
   * can do nothing about it.
   */
  static void stopping() {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.getLogger("io.netty.bootstrap.ServerBootstrap").setLevel(Level.ERROR);
  }
}
