package starling.ring;

import java.util.UUID;

/**
 * A live node outside the preference list that takes the writes of a primary that is not alive.
 *
 * @param node the fallback
 * @param primary the node whose writes it takes, to which its hints belong
 */
public record Fallback(UUID node, UUID primary) {}
