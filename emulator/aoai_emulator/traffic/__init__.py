"""How fast and how much deployments respond: delays and limits, as options and JSON state them."""
