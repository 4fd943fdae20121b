package starling.gossip.detector;

import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.gossip.Member;
import starling.gossip.Status;

/** What a failure detector wants done, in order. The shell carries it out and decides nothing. */
public sealed interface DetectorAction {
  /** Calls the one method of {@code shell} that fits. */
  void perform(Shell shell);

  /** Carries actions out; one method per kind, so that the compiler finds a missing one. */
  interface Shell {
    /**
     * @param stream send it over a connection even where packets travel as datagrams: datagrams
     *     seem not to arrive there
     */
    void send(Address to, byte[] packet, boolean stream);

    /** Make the incarnation durable, then {@link FailureDetector#incarnationPersisted}. */
    void persistIncarnation(long incarnation);

    /** A member is new ({@code from} is null), or its status or record has changed. */
    void memberChanged(Member member, @Nullable Status from, Status to);

    /** A message for the operator. */
    void alarm(String text);

    /** A later process of this id runs, or the id is banned: stop. The detector is silent now. */
    void stepDown(String reason);
  }

  record Send(Address to, byte[] packet, boolean stream) implements DetectorAction {
    @Override
    public void perform(Shell shell) {
      shell.send(to, packet, stream);
    }
  }

  record PersistIncarnation(long incarnation) implements DetectorAction {
    @Override
    public void perform(Shell shell) {
      shell.persistIncarnation(incarnation);
    }
  }

  record MemberChanged(Member member, @Nullable Status from, Status to) implements DetectorAction {
    @Override
    public void perform(Shell shell) {
      shell.memberChanged(member, from, to);
    }
  }

  record Alarm(String text) implements DetectorAction {
    @Override
    public void perform(Shell shell) {
      shell.alarm(text);
    }
  }

  record StepDown(String reason) implements DetectorAction {
    @Override
    public void perform(Shell shell) {
      shell.stepDown(reason);
    }
  }
}
