"""What requests cost: prices, budgets and the time that a target takes."""
