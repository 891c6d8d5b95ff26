"""Contracts and the shared kit of the MediaNest services."""
