"""Uptime Kuma: monitors that beat, their metrics, a public status page, push, and notifications."""

from medianest_sandbox.uptime_kuma.application import UptimeKuma

__all__ = ["UptimeKuma"]
