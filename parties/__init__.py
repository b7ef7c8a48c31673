"""Who takes part: parties, the connections to their platforms, the tokens of those connections, what happened to them."""
