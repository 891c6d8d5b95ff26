"""Refusals, in the shapes that clients have to tell apart."""

from starlette.responses import Response

from medianest_sandbox.wire import json_reply


class Refused(Exception):
    """A rule said no; carries the status and the body of the answer."""

    def __init__(
        self, status: int, message: str, *, forbidden: bool = False, errors: list[dict[str, str]] | None = None
    ):
        super().__init__(message)
        self.status, self.message, self.forbidden, self.errors = status, message, forbidden, errors

    def reply(self) -> Response:
        """The answer."""
        if self.forbidden:
            return json_reply({"status": self.status, "error": self.message}, self.status)
        body: dict[str, object] = {"message": self.message}
        return json_reply(body | ({"errors": self.errors} if self.errors else {}), self.status)


def no_permission() -> Refused:
    """Wrong key, unknown user or too few rights: all look the same."""
    return Refused(403, "You do not have permission to access this endpoint", forbidden=True)


def not_signed_in(path: str) -> Refused:
    """No key and no session."""
    text = "cookie 'connect.sid' required"
    return Refused(401, text, errors=[{"path": path, "message": text}])


def bad_input(path: str, message: str) -> Refused:
    """The call does not fit the API's description."""
    return Refused(400, message, errors=[{"path": path, "message": message}])
