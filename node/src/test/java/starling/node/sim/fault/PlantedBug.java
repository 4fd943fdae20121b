package starling.node.sim.fault;

import com.google.common.collect.ImmutableSet;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import starling.node.peer.Tampering;
import starling.node.port.Transport;
import starling.node.sim.SimProcess;
import starling.node.sim.SimWiring;
import starling.node.sim.check.Finding.Kind;
import starling.node.sim.check.Violation;
import starling.node.sim.workload.ClientBehavior;
import starling.node.storage.Storage;
import starling.node.version.TornSet;
import starling.sim.Simulation;
import starling.sim.SplitMix;

/**
 * Promises broken on purpose, one each, at the edge of the node or of its client. None is visible
 * in any one answer; a checker that does not find them all is worth nothing. Random runs find the
 * constants; the wirings at the end need histories of their own, which say why. How a promise is
 * broken is in {@link BrokenStorage}, {@link BrokenTransport} and {@link BrokenClient}.
 */
public enum PlantedBug {
  /** Steps of one key see what is durable instead of what was appended last. */
  MERGES_WITH_WHAT_IS_DURABLE(
      15, Kind.LOST, Kind.RESURRECTED, Kind.FALSE_SIBLING, Kind.BEATEN, Kind.INTERNAL_ERROR) {
    @Override
    public SimWiring wiring() {
      return SimWiring.withStorage(BrokenStorage.CompletesAtOnce::new);
    }
  },

  /** An append that asked for a fsync completes before it. */
  ACKNOWLEDGES_BEFORE_THE_FSYNC(40, Kind.LOST, Kind.RESURRECTED, Kind.FALSE_SIBLING, Kind.BEATEN) {
    @Override
    public SimWiring wiring() {
      return SimWiring.withStorage(BrokenStorage.NeverWaitsForFsync::new);
    }
  },

  /** A write answers with a context that claims siblings its client was never shown. */
  CONTEXTS_CLAIM_MORE_THAN_WAS_SHOWN(2, Kind.LOST) {
    @Override
    public ClientBehavior habits() {
      return BrokenClient::claimsMoreThanWasShown;
    }
  },

  /** A blind write is made without hearing what others have seen. */
  BLIND_WRITES_DO_NOT_ASK(15, Kind.FALSE_SIBLING) {
    @Override
    public SimWiring wiring() {
      return BrokenTransport.changing(Tampering::hideWhatWasSeen);
    }
  },

  /** The same where the last writer wins, and no frame carries a clock: its counter is too low. */
  LAST_WRITERS_DO_NOT_ASK(200, Kind.BEATEN) {
    @Override
    public SimWiring wiring() {
      return BrokenTransport.changingWithoutClock(Tampering::hideWhatWasSeen);
    }
  },

  /** A set travels without one of its siblings. */
  SETS_ARE_TAKEN_APART(2, Kind.LOST) {
    @Override
    public SimWiring wiring() {
      return BrokenTransport.changing(Tampering::tearSets);
    }
  },

  /** A write that was forwarded is forwarded once more, though the first node took it. */
  WRITES_ARE_HANDED_ON_TWICE(
      2, Kind.RESURRECTED, Kind.FALSE_SIBLING, Kind.MADE_TWICE, Kind.TORN_PAST) {
    @Override
    public SimWiring wiring() {
      return SimWiring.withTransport(BrokenTransport.HandsOnTwice::new);
    }
  },

  /** A write that is sent again is not known by its name. */
  RETRIES_ARE_NOT_RECOGNISED(
      2,
      Kind.MADE_TWICE,
      Kind.RESURRECTED,
      Kind.TORN_PAST,
      Kind.SESSION,
      Kind.FALSE_SIBLING,
      Kind.CONDITION_HELD) {
    @Override
    public ClientBehavior habits() {
      return BrokenClient::retriesWithoutName;
    }
  },

  /** A process does not look for the hints that the one before it has kept. */
  HINTS_ARE_FORGOTTEN_AT_A_RESTART(5, Kind.LOST, Kind.BEATEN, Kind.RESURRECTED) {
    @Override
    public SimWiring wiring() {
      return SimWiring.withStorage(BrokenStorage.ForgetsItsHints::new);
    }
  },

  /** A write counts those that it was sent to, not those that have taken it. */
  WRITES_COUNT_WHAT_WAS_SENT(
      2, Kind.LOST, Kind.FALSE_SIBLING, Kind.BEATEN, Kind.RESURRECTED, Kind.SESSION) {
    @Override
    public SimWiring wiring() {
      return SimWiring.withTransport(
          (process, network) ->
              new BrokenTransport.MakesUpAnswers(process, network, Tampering::tookTheWrite, 0.2));
    }
  },

  /** The log keeps one sibling, the latest. */
  THE_LATEST_SIBLING_WINS(2, Kind.LOST) {
    @Override
    public SimWiring wiring() {
      return BrokenStorage.changing(TornSet::onlyLast);
    }
  },

  /**
   * Vectors alone tell events apart: of one actor's siblings the last one has replaced the rest.
   */
  EVENTS_HAVE_NO_DOTS(2, Kind.LOST) {
    @Override
    public SimWiring wiring() {
      return BrokenStorage.changing(TornSet::oneOfEachActor);
    }
  },

  /**
   * A replica that is asked with a hash says that it holds the same: a hash that leaves out all
   * that counts.
   */
  HASHES_ARE_ALWAYS_EQUAL(15, Kind.FALSE_SIBLING) {
    @Override
    public SimWiring wiring() {
      return BrokenTransport.changing(Tampering::sameAsKnown);
    }
  },

  /** A delete leaves nothing behind that would replace the value where it is still held. */
  DELETES_ARE_REAPED_AT_ONCE(3, Kind.RESURRECTED) {
    @Override
    public boolean foundBy(Violation violation) {
      return super.foundBy(violation) || violation.lostDelete();
    }

    @Override
    public SimWiring wiring() {
      return SimWiring.withStorage(BrokenStorage.ReapsAtOnce::new);
    }
  },

  /** What has rotted is read as it is: no check tells it from what was written. */
  ROT_IS_NOT_NOTICED(2, Kind.PHANTOM, Kind.LOST, Kind.ANOTHER_CONTENT) {
    @Override
    public SimWiring wiring() {
      return SimWiring.withStorage(BrokenStorage.RotsUnnoticed::new);
    }
  },

  /** A delete stands as a value. */
  DELETES_ARE_SHOWN(2, Kind.PHANTOM) {
    @Override
    public SimWiring wiring() {
      return BrokenStorage.changing(TornSet::tombstonesAsValues);
    }
  },

  /** Now and then a step writes over what stands, as if nothing did. */
  STEPS_DO_NOT_MERGE(5, Kind.LOST) {
    @Override
    public SimWiring wiring() {
      return SimWiring.withStorage(BrokenStorage.SeesNothing::new);
    }
  },

  /** A client in a hurry takes its timeout for a refusal. */
  TIMEOUTS_ARE_TAKEN_FOR_REFUSALS(5, Kind.PHANTOM) {
    @Override
    public ClientBehavior habits() {
      return BrokenClient::takesTimeoutsForRefusals;
    }
  },

  /** A read with a context answers before it has found what the context has seen. */
  CONTEXTS_OF_READS_ARE_NOT_WAITED_FOR(1, Kind.SESSION) {
    @Override
    public ClientBehavior habits() {
      return new BrokenClient.ReadsWithoutContext();
    }
  },

  /** A conditional write is judged, and then sent blind. */
  CONDITIONAL_WRITES_GO_BLIND(50, Kind.LOST, Kind.CONDITION_HELD) {
    @Override
    public ClientBehavior habits() {
      return BrokenClient::judgesThenWritesBlind;
    }
  },

  /** Hints are removed once they are sent, and the first batch to each node is lost on the way. */
  SENT_HINTS_ARE_REMOVED(63, Kind.LOST, Kind.BEATEN) {
    @Override
    public SimWiring wiring() {
      return firstHintsAreLost(true);
    }
  },

  /** Where no more hints are to be kept, the oldest makes room for the next. */
  HINTS_MAKE_ROOM_FOR_HINTS(32, Kind.LOST, Kind.BEATEN) {
    @Override
    public SimWiring wiring() {
      return hintsMakeRoomForHints();
    }
  },

  /** A process takes up the actors of the one before it. */
  OLD_ACTORS_ARE_TAKEN_UP(
      2, Kind.NODE_GAVE_UP, Kind.LOST, Kind.RESURRECTED, Kind.ANOTHER_CONTENT, Kind.SESSION) {
    @Override
    public SimWiring wiring() {
      return oldActors();
    }
  },

  /** An older copy of a directory, or one of nothing but an id, is taken for the present one. */
  OLD_COPIES_ARE_TRUSTED(
      142, Kind.LOST, Kind.RESURRECTED, Kind.BEATEN, Kind.SESSION, Kind.DIRECTORY_NOT_RECOGNISED) {
    @Override
    public SimWiring wiring() {
      return trustsOldCopies();
    }
  };

  private final long seed;
  private final ImmutableSet<Kind> findings;

  PlantedBug(long seed, Kind... findings) {
    this.seed = seed;
    this.findings = ImmutableSet.copyOf(findings);
  }

  /** A seed whose run, drawn like any other, goes wrong with this bug. */
  public long seed() {
    return seed;
  }

  /** Whether a run went wrong as this bug makes it go wrong. */
  public boolean foundBy(Violation violation) {
    return violation.kinds().stream().anyMatch(findings::contains);
  }

  public SimWiring wiring() {
    return SimWiring.PLAIN;
  }

  public ClientBehavior habits() {
    return ClientBehavior.HONEST;
  }

  /** A process takes up the actors of the one before it. */
  public static SimWiring oldActors() {
    return new SimWiring() {
      @Override
      public RandomGenerator identity(Simulation sim, String node, int life) {
        long always = SplitMix.named(sim.seed(), "identity " + node).nextLong();
        return () -> always;
      }
    };
  }

  /** An older copy of a directory, or one of nothing but an id, is taken for the present one. */
  public static SimWiring trustsOldCopies() {
    return SimWiring.withStorage(BrokenStorage.TrustsItself::new);
  }

  /** Damage anywhere in the log excuses that the log ends too early. */
  public static SimWiring damageHidesARollback() {
    return SimWiring.withStorage(BrokenStorage.BlamesDamage::new);
  }

  /** A replica becomes complete although the hints of others were not heard. */
  public static SimWiring hintHoldersAreNotHeard() {
    return BrokenTransport.changing(Tampering::denyHints);
  }

  /** Damage that is found before the ring is known is dropped. */
  public static SimWiring earlyDamageIsDropped() {
    return SimWiring.withStorage(BrokenStorage.DropsEarlyDamage::new);
  }

  /** A connection that a killed process left behind counts as a sign that it lives. */
  public static SimWiring staleRivalsCount() {
    return new SimWiring() {
      @Override
      public long heardSince(long silentSinceNanos, long nowNanos) {
        return nowNanos;
      }
    };
  }

  /**
   * The first batch of hints to each node is lost on the way.
   *
   * @param letGo whether the hints in it are let go all the same, as if sending were enough
   */
  public static SimWiring firstHintsAreLost(boolean letGo) {
    return SimWiring.withTransport(
        (process, network) -> new BrokenTransport.LosesFirstHints(process, network, letGo));
  }

  /** Where no more hints are to be kept, the oldest makes room for the next. */
  public static SimWiring hintsMakeRoomForHints() {
    return SimWiring.withStorage(BrokenStorage.MakesRoomForHints::new);
  }

  /**
   * The first batch of hints to each node is lost on the way, and what a later one brings is what
   * the first was to bring: a hint that has changed since it was sent is let go all the same.
   */
  public static SimWiring changedHintsAreLetGo() {
    return SimWiring.withTransport(
        (process, network) ->
            new BrokenTransport.BringsFirstHints(
                new BrokenTransport.LosesFirstHints(process, network, false)));
  }

  /** A rejection that speaks of one node is passed on as the cluster's. */
  public static SimWiring rejectionsSpeakForAll() {
    return BrokenTransport.changing(Tampering::rejectForAll);
  }

  /** A fallback fills the position of another primary than the one that it replaces. */
  public static SimWiring fallbacksFillAnyPosition() {
    return SimWiring.withTransport(BrokenTransport.FallbacksFillAnyPosition::new);
  }

  /**
   * Replicas that may have forgotten something answer the question before a write in full. Frames
   * carry no clock, which would number the write above what they forgot all the same.
   */
  public static SimWiring incompleteReplicasAnswerBeforeWrites() {
    return BrokenTransport.changingWithoutClock(Tampering::claimToHaveForgottenNothing);
  }

  /** A condition is judged by the w of its own request alone. */
  public static ClientBehavior judgesByOwnW() {
    return BrokenClient::judgesByOwnW;
  }

  /** A read is answered although its context cannot be covered. */
  public static ClientBehavior lostContextsAreLeftOut() {
    return new BrokenClient.LeavesLostContextsOut();
  }

  /** A delete is not written where a primary holds nothing to delete. */
  public static ClientBehavior sparesDeletesOfNothing() {
    return BrokenClient::sparesDeletesOfNothing;
  }

  /**
   * A hint is removed when one primary has taken it: no other is asked whether it holds the set.
   */
  public static SimWiring oneTakerIsEnough() {
    return SimWiring.withTransport(
        (process, network) ->
            new BrokenTransport.MakesUpAnswers(process, network, Tampering::holdsTheHints, 1));
  }

  /** No node looks on the primaries for the set of a lost hint. */
  public static SimWiring lostHintsAreNotRepaired() {
    return new SimWiring() {
      @Override
      public Transport transport(SimProcess process, Transport network) {
        return new BrokenTransport.MakesUpAnswers(
            process, network, Tampering::nothingForLostHints, 1);
      }

      @Override
      public Storage storage(SimProcess process, Storage log) {
        return hintsAreDamaged().storage(process, log);
      }
    };
  }

  /** No bug: all hints are damaged, until others are stored in their place. */
  public static SimWiring hintsAreDamaged() {
    return new SimWiring() {
      @Override
      public Storage storage(SimProcess process, Storage log) {
        return new BrokenStorage.HasDamagedHints(process, log, key -> true);
      }
    };
  }

  /** No node records that a primary missed a write which no fallback took for it. */
  public static SimWiring debtsAreNotRecorded() {
    return SimWiring.withStorage(BrokenStorage.ForgetsDebts::new);
  }

  /** A read of a hint that fails is taken for a hint that is gone. */
  public static SimWiring readsThatFailForgetHints() {
    return SimWiring.withStorage(BrokenStorage.MissesHintsOnce::new);
  }

  /** A hint is removed once it is as old as this, wherever else its set is. */
  public static SimWiring ageRemovesHints(long mostMillis) {
    return new SimWiring() {
      @Override
      public Storage storage(SimProcess process, Storage log) {
        return new BrokenStorage.ForgetsOldHints(log, process::nowMillis, mostMillis);
      }
    };
  }

  /** The log keeps no idempotency record: a version stays though its twin was replaced. */
  public static SimWiring twinsAreNotHidden() {
    return BrokenStorage.changing(TornSet::withoutRecords);
  }

  /** A context query does not carry the idempotency key of its write. */
  public static SimWiring queriesCarryNoIdempotencyKey() {
    return BrokenTransport.changing(Tampering::withoutIdempotencyKey);
  }

  /** A record is forgotten as soon as a node's wall clock is the window past its event. */
  public static SimWiring wallClocksForgetRequests() {
    return new SimWiring() {
      @Override
      public Storage storage(SimProcess process, Storage log) {
        return new BrokenStorage.ForgetsByWallClock(log, process::wallMillis);
      }
    };
  }

  /** No node hears of another's clock: a coordinator that missed a write may number lower. */
  public static SimWiring framesCarryNoClock() {
    return SimWiring.withTransport((process, network) -> new BrokenTransport.HidesClock(network));
  }

  /** Merges refuse what a client's write would be refused for. */
  public static SimWiring limitsApplyToMerges() {
    return SimWiring.withStorage(BrokenStorage.LimitsMerges::new);
  }

  /** An error of a read is kept from the node, which goes on waiting for the answer. */
  public static SimWiring errorsAreSwallowed(Predicate<BrokenStorage.Call> strikes) {
    return SimWiring.withStorage(log -> new BrokenStorage.SwallowsErrors(log, strikes));
  }

  /** Nodes do not compare by which register of a bucket they decide. */
  public static SimWiring registersAreNotCompared() {
    return SimWiring.withTransport(BrokenTransport.HidesRegisters::new);
  }
}
