package starling.client.testing;

import java.io.IOException;

/** Starts two nodes, pauses one of them, prints the process of each, and waits to be killed. */
final class KilledProgram {
  private KilledProgram() {}

  public static void main(String[] args) throws IOException {
    StarlingCluster cluster = StarlingCluster.ofNodes(2).start();
    cluster.pause(1);
    System.out.println(cluster.pid(0));
    System.out.println(cluster.pid(1));
    System.out.println("done");
    int unused = System.in.read();
  }
}
