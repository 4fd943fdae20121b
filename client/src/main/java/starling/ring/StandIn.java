package starling.ring;

import java.util.UUID;

/**
 * A live node outside the preference list that takes the place of a primary that is not alive.
 *
 * @param node the fallback
 * @param primary the node it stands in for, to which its hints belong
 */
public record StandIn(UUID node, UUID primary) {}
