"""Overseerr, or Seerr: search, requests and their way to availability, users and webhooks."""

from medianest_sandbox.overseerr.application import Overseerr

__all__ = ["Overseerr"]
