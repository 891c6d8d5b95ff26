"""Which paths are looked at at all.

A path is matched and forwarded as the same bytes. What a server behind us might read as another path than the one that
was authorized is refused: empty and dot segments, and separators, NUL or plain letters in disguise.
"""

import re

from medianest_gateway.errors import BadRequest

_PLAIN = re.compile(rb"(?:/[A-Za-z0-9_~-](?:[A-Za-z0-9_~.-])*)+")
_ALLOWED = re.compile(rb"/[\x21-\x7e]*")
_TRICK = re.compile(
    rb"//|\\|[\"<>^`{|}]"  # an empty segment, and what no URL holds
    rb"|%(?![0-9A-Fa-f]{2})"  # half an escape
    rb"|%(?:2[fF]|5[cC]|00|25)"  # / \ NUL, and a percent sign that hides one of them
    rb"|%(?:[01][0-9A-Fa-f]|7[fF])"  # control characters
    rb"|%(?:3[0-9]|[46][1-9A-Fa-f]|[57][0-9aA]|2[dDeE]|5[fF]|7[eE])"  # letters, digits, - . _ ~
    rb"|/\.{1,2}(?:/|$)"  # . and ..
    rb"|;"  # path parameters, which some servers cut off
)
_LONGEST = 2048
_QUERY = re.compile(rb"[\x21-\x7e]*")
_LONGEST_QUERY = 8192


def check_path(raw: bytes) -> str:
    """The path as text, its bytes untouched; BadRequest when two servers might read it differently."""
    if len(raw) > _LONGEST:
        raise BadRequest("The address is too long.")
    if not _PLAIN.fullmatch(raw) and (not _ALLOWED.fullmatch(raw) or _TRICK.search(raw)):
        raise BadRequest("The address has parts that are not allowed in it.")
    return raw.decode("ascii")


def check_query(raw: bytes) -> None:
    if len(raw) > _LONGEST_QUERY:
        raise BadRequest("The address is too long.")
    if not _QUERY.fullmatch(raw):
        raise BadRequest("The address has characters that are not allowed in it.")
