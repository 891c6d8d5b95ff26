"""Every SQL statement of this service, one class a noun; `Work` is one transaction over all of them."""

from medianest_auth.repository.work import Work, WorkFactory

__all__ = ["Work", "WorkFactory"]
