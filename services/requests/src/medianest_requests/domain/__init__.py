"""The rules of this service: pure functions and values, no I/O."""
