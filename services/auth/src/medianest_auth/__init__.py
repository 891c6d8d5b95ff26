"""Identities, sessions, tokens."""
