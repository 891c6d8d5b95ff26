"""The control API: what a test or a person tells the sandbox to do."""

from medianest_sandbox.control.routes import Control

__all__ = ["Control"]
