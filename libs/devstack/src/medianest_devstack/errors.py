"""What goes wrong on a developer's machine, said in one sentence."""


class DevstackError(Exception):
    """One sentence for the person at the terminal: the cause, and what to do where that is known."""


class PortInUseError(DevstackError):
    """Somebody else listens where one of our servers should."""


class ServerFailedError(DevstackError):
    """A server or service ended, or never became ready; the message carries its last line."""
