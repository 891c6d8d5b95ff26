"""What this service refuses, and the codes by which programs know it.

Codes are never reused or renamed.
"""

from medianest_common.errors import Conflict, Forbidden, Invalid, NotFound, QuotaExceeded, Unauthenticated


class TooManySignIns(QuotaExceeded):
    code = "TOO_MANY_SIGN_INS"
    title = "Too many sign-ins at once"


class TooManyAttempts(QuotaExceeded):
    code = "TOO_MANY_ATTEMPTS"
    title = "Too many attempts"


class WrongCredentials(Unauthenticated):
    code = "WRONG_CREDENTIALS"
    title = "Name or password is wrong"


class PasswordTooCommon(Invalid):
    code = "PASSWORD_TOO_COMMON"
    title = "This password is tried first"


class SessionEnded(Unauthenticated):
    code = "SESSION_ENDED"
    title = "Your session has ended"


class WrongSetupCode(Forbidden):
    code = "SETUP_CODE_WRONG"
    title = "The set-up code is wrong"


class SetupClosed(Conflict):
    code = "SETUP_CLOSED"
    title = "Already set up"


class LocalSignInOff(Forbidden):
    code = "LOCAL_SIGN_IN_OFF"
    title = "Sign-in by password is switched off"


class FreshSignInNeeded(Forbidden):
    code = "FRESH_SIGN_IN_REQUIRED"
    title = "Sign in again first"


class SessionNeeded(Forbidden):
    code = "SESSION_REQUIRED"
    title = "Not with an API token"


class LastAdmin(Conflict):
    code = "LAST_ADMIN"
    title = "The last administrator stays"


class UsernameTaken(Conflict):
    code = "USERNAME_TAKEN"
    title = "The name is taken"


class UserErasedAlready(Conflict):
    code = "USER_ERASED"
    title = "This user is gone"


class PolicyNotPossible(Conflict):
    code = "POLICY_NOT_POSSIBLE"
    title = "Not possible with this policy"


class InvitationNotValid(Invalid):
    code = "INVITATION_NOT_VALID"
    title = "The invitation is not valid"


class PlexNotConfigured(Conflict):
    code = "PLEX_NOT_CONFIGURED"
    title = "No Plex server is configured"


class PlexTokenMissing(NotFound):
    code = "PLEX_TOKEN_MISSING"
    title = "This user has no Plex token here"
