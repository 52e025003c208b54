"""What the Responses API responds: items, their events, and the response around them."""
