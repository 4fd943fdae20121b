package starling.node.sim;

import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import starling.node.port.Transport;
import starling.node.storage.Storage;
import starling.sim.Simulation;

/**
 * How a process is wired to its ports. The plain one passes everything through; a planted bug is a
 * wiring that hands the node a storage, a network or a generator that breaks one promise. Every
 * process of a node gets a storage and a network of its own; a wiring itself keeps nothing.
 */
public class SimWiring {
  public static final SimWiring PLAIN = new SimWiring();

  /** Puts something between each process and its log. */
  public static SimWiring withStorage(UnaryOperator<Storage> change) {
    return new SimWiring() {
      @Override
      public Storage storage(SimProcess process, Storage log) {
        return change.apply(log);
      }
    };
  }

  /** Puts something between each process and its network. */
  public static SimWiring withTransport(BiFunction<SimProcess, Transport, Transport> change) {
    return new SimWiring() {
      @Override
      public Transport transport(SimProcess process, Transport network) {
        return change.apply(process, network);
      }
    };
  }

  /** Where a process draws what must be unique for ever: another stream in every life. */
  public RandomGenerator identity(Simulation sim, String node, int life) {
    return sim.stream("identity " + node + " " + life);
  }

  public Storage storage(SimProcess process, Storage log) {
    return log;
  }

  public Transport transport(SimProcess process, Transport network) {
    return network;
  }

  /**
   * Since when a peer has heard the process whose connection it holds.
   *
   * @param silentSinceNanos it would have closed one that was silent for longer
   */
  public long heardSince(long silentSinceNanos, long nowNanos) {
    return silentSinceNanos;
  }
}
