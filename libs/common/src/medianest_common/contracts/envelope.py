"""The bases of every message: facts (events), orders (commands), passing signs (live) and kept states (KV values)."""

import re
from datetime import UTC, datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from medianest_common.ids import uuid7

ADMINS = "role:admin"
EVERYBODY = "all"

_AUDIENCE = re.compile(r"all|role:admin|integration:[a-z0-9_-]+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _known_audience(value: str) -> str:
    if not _AUDIENCE.fullmatch(value):
        raise ValueError("an audience is a user id, role:admin, all or integration:<id>")
    return value


Audience = Annotated[tuple[Annotated[str, AfterValidator(_known_audience)], ...], Field(min_length=1)]


class Message(BaseModel):
    """Anything on the wire. Readers ignore fields they do not know, so adding one never breaks them."""

    # Put together when first used: a service knows many more kinds than it ever sees.
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    subject: ClassVar[str]

    def body(self) -> bytes:
        return self.model_dump_json().encode()


class Event(Message):
    """A fact of one entity, published through the outbox.

    `audience` says who may hear of it in a browser; `version` is the entity's after the change, and a reader
    drops what is lower than it knows. An event holds ids and small facts, never names, titles, addresses or keys.
    """

    entity_field: ClassVar[str]

    event_id: UUID = Field(default_factory=uuid7)
    occurred_at: AwareDatetime = Field(default_factory=lambda: datetime.now(UTC))
    audience: Audience
    version: int = Field(ge=0)

    @classmethod
    def domain(cls) -> str:
        return cls.subject.split(".")[2]

    @classmethod
    def client_type(cls) -> str:
        """The name clients know it by: `request.approved` of `medianest.evt.requests.request.approved.v1`."""
        return ".".join(cls.subject.split(".")[3:5])

    @property
    def key(self) -> str:
        """Facts of one key leave the outbox in order."""
        return f"{self.domain()}.{self.subject.split('.')[3]}:{getattr(self, self.entity_field)}"


class Command(Message):
    """An order to one worker, handed out by a work queue and carried out at least once."""


class Live(Message):
    """A passing sign over core NATS: only the newest matters, and losing one does no harm."""

    entity_field: ClassVar[str]

    audience: Audience
    version: int = Field(ge=0)

    def live_subject(self) -> str:
        """The subject with the entity's id as its last token."""
        return f"{self.subject}.{getattr(self, self.entity_field)}"


class State(BaseModel):
    """A kept value of a KV bucket; `version` is the row's."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    version: int = Field(ge=0)
