package starling.loadgen;

import java.time.Duration;
import java.util.List;
import starling.loadgen.workload.KeyDistribution;
import starling.loadgen.workload.Workload;

/**
 * What a run does.
 *
 * @param concurrency operations at once in a closed loop; 0 for an open one
 * @param rate operations per second of an open loop; 0 for a closed one
 * @param load whether the records are written first
 * @param warmUpWindows the most windows of the warm-up
 */
record RunPlan(
    Workload workload,
    KeyDistribution distribution,
    long records,
    int concurrency,
    double rate,
    Duration duration,
    int valueBytes,
    boolean load,
    int warmUpWindows,
    long seed,
    String bucket,
    List<String> targets,
    String command) {}
