"""Real Postgres, NATS and Valkey from wheels, and the runner of the suite."""
