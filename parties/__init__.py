"""Who takes part: parties, the connections to their platforms, their tokens, what happened to them."""
