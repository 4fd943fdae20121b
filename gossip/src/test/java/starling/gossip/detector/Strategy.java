package starling.gossip.detector;

import java.util.UUID;
import java.util.random.RandomGenerator;
import starling.gossip.GossipConfig;
import starling.gossip.Member;

/** The failure detectors that are compared. */
enum Strategy {
  HEARTBEAT {
    @Override
    FailureDetector create(
        DetectorConfig config, SwimRules rules, UUID cluster, Member self, RandomGenerator random) {
      return new HeartbeatDetector(
          GossipConfig.of("compared"), cluster, self, random, DetectorWorld.LONGER);
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
