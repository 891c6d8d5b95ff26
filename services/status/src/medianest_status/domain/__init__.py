"""Rules and values of the status service: pure functions, no I/O."""
