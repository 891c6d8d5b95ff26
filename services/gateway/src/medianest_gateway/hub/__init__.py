"""Live events: what the broker tells, to every open connection that may hear it."""
