"""What may be a password: nothing that is soon guessed, and not our own names with a number behind.

There are no rules about kinds of characters. zxcvbn counts the guesses: it knows passwords that leaked, words, names,
dates, rows of keys and repetitions.
"""

from medianest_auth.errors import PasswordTooCommon

# What somebody who knows what this is would try.
OUR_WORDS = ("medianest", "overseerr", "jellyseerr", "uptime", "plex", "seerr", "admin", "media", "server", "password")
_FEWEST_GUESSES = 10**8
_LOOKED_AT = 72  # characters; its time grows with the square of their number
_MUST_BE_LEFT = 8
_SHORTEST_WORD = 4


def refuse_weak(password: str, *names: str) -> None:
    """PasswordTooCommon for one that is soon guessed, and for one that is little more than a word of ours or a name.

    Takes up to a tenth of a second.
    """
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its lists take 15 MiB, and a password is chosen once a year

    if zxcvbn(password[:_LOOKED_AT], user_inputs=[*OUR_WORDS, *names])["guesses"] < _FEWEST_GUESSES:
        raise PasswordTooCommon("This password is among those that are tried first. Choose another one.")
    if len(_without_words(password.casefold(), names)) < _MUST_BE_LEFT:
        raise PasswordTooCommon("This password is little more than a name that can be guessed. Choose another one.")


def _without_words(text: str, names: tuple[str, ...]) -> str:
    words = {*OUR_WORDS, *(name.casefold() for name in names)}
    for word in sorted(words, key=len, reverse=True):
        if len(word) >= _SHORTEST_WORD:
            text = text.replace(word, "")
    return text
