package starling.gossip.detector;

import java.util.UUID;
import java.util.random.RandomGenerator;
import starling.gossip.Member;
import starling.gossip.heartbeat.HeartbeatDetector;

/** The failure detectors that are compared. */
enum Strategy {
  HEARTBEAT {
    @Override
    FailureDetector create(
        DetectorConfig config, SwimRules rules, UUID cluster, Member self, RandomGenerator random) {
      return new HeartbeatDetector(cluster, self, random);
    }
  },
  PLAIN_SWIM {
    @Override
    FailureDetector create(
        DetectorConfig config, SwimRules rules, UUID cluster, Member self, RandomGenerator random) {
      return new SwimDetector(config.plain(), rules, cluster, self, random);
    }
  },
  LIFEGUARD {
    @Override
    FailureDetector create(
        DetectorConfig config, SwimRules rules, UUID cluster, Member self, RandomGenerator random) {
      return new SwimDetector(config, rules, cluster, self, random);
    }
  };

  abstract FailureDetector create(
      DetectorConfig config, SwimRules rules, UUID cluster, Member self, RandomGenerator random);

  String title() {
    return switch (this) {
      case HEARTBEAT -> "heartbeat";
      case PLAIN_SWIM -> "plain SWIM";
      case LIFEGUARD -> "SWIM with Lifeguard";
    };
  }
}
