"""Who may do what on the broker, generated from the contracts, and the server configuration that says so.

Nobody writes a permission by hand. Only the provisioner holds the stream and consumer API; a service publishes its own
domain, settles its own durables, watches the buckets it needs and listens on its own inbox. Other people's services
live in an account of their own with a sourced copy of the event stream.
"""

import json
from dataclasses import dataclass, field

from medianest_common.contracts.auth import NoteAction
from medianest_common.contracts.streams import BUCKETS, DEAD_LETTERS, DEFAULT_EGRESS, EVENTS, BucketSpec, durables

PROVISIONER = "provisioner"
READER_ADMIN = "reader_admin"
SUBSCRIBER = "subscriber"
SYSTEM = "sys"
SERVICES = ("gateway", "auth", "requests", "downloader", "worker", "status")
USERS = (PROVISIONER, *SERVICES, READER_ADMIN, SUBSCRIBER, SYSTEM)

DOMAINS = {"auth": "auth", "requests": "requests", "downloader": "downloads", "status": "status"}

MAX_PAYLOAD = 256 * 1024
_GIB = 1024**3
_MIB = 1024**2


@dataclass
class Access:
    publish: list[str] = field(default_factory=list)
    subscribe: list[str] = field(default_factory=list)


def inbox_prefix(user: str) -> str:
    return f"_INBOX.{user}"


def access_of(user: str, egresses: tuple[str, ...] = (DEFAULT_EGRESS,)) -> Access:
    """The subjects one user of the suite's account may publish and subscribe; everything else is refused."""
    access = Access(subscribe=[f"{inbox_prefix(user)}.>"])
    if user == PROVISIONER:
        access.publish += _provisioning()
        return access
    if user in DOMAINS:
        access.publish += [f"medianest.evt.{DOMAINS[user]}.>", f"medianest.live.{DOMAINS[user]}.>"]
        access.publish += [f"{NoteAction.subject}.{user}"] if user != "auth" else []
    _own_durables(access, user, egresses)
    for bucket in BUCKETS:
        _bucket(access, user, bucket)
    _special(access, user)
    return access


def _own_durables(access: Access, user: str, egresses: tuple[str, ...]) -> None:
    for spec in durables(egresses):
        if spec.owner == user:
            on = f"{spec.stream.name}.{spec.name}"
            access.publish += [
                f"$JS.API.CONSUMER.INFO.{on}",
                f"$JS.API.CONSUMER.MSG.NEXT.{on}",
                f"$JS.ACK.{on}.>",
                spec.dead_letters,
            ]


def _bucket(access: Access, user: str, bucket: BucketSpec) -> None:
    if bucket.writer == user:
        access.publish.append(f"$KV.{bucket.name}.>")
    if user in bucket.readers:
        access.publish += [
            f"$JS.API.STREAM.INFO.{bucket.stream}",
            f"$JS.API.DIRECT.GET.{bucket.stream}.$KV.{bucket.name}.>",
            *_ephemeral(bucket.stream),
        ]


def _ephemeral(stream: str) -> list[str]:
    """Unnamed ephemeral consumers only: with a name in the subject a user could rewrite another's durable."""
    return [f"$JS.API.CONSUMER.CREATE.{stream}", f"$JS.API.CONSUMER.INFO.{stream}.*", f"$JS.FC.{stream}.>"]


def _special(access: Access, user: str) -> None:
    if user == "gateway":  # fans everything a client may see out, from the stream in order and from live
        access.publish += [f"$JS.API.STREAM.INFO.{EVENTS.name}", *_ephemeral(EVENTS.name)]
        access.subscribe += ["medianest.evt.>", "medianest.live.>"]
    elif user == "downloader":  # hands out work and hears the workers' slots
        access.publish.append("medianest.cmd.downloads.>")
        access.subscribe.append("medianest.live.downloads.>")
    elif user == "worker":  # tells its progress and hears of cancelled downloads
        access.publish.append("medianest.live.downloads.>")
        access.subscribe.append("medianest.evt.downloads.>")
    if user in DOMAINS:  # lists, replays and drops its own dead letters
        access.publish += [
            f"$JS.API.DIRECT.GET.{DEAD_LETTERS.name}",
            f"$JS.API.DIRECT.GET.{DEAD_LETTERS.name}.>",
            f"$JS.API.STREAM.INFO.{DEAD_LETTERS.name}",
            f"$JS.API.STREAM.MSG.DELETE.{DEAD_LETTERS.name}",
        ]


def _provisioning() -> list[str]:
    streams = ("CREATE", "UPDATE", "INFO", "DELETE", "PURGE", "MSG.GET", "MSG.DELETE")
    consumers = ("CREATE", "DURABLE.CREATE", "DELETE", "INFO", "LIST", "NAMES", "PAUSE", "RESET")
    return [
        "$JS.API.INFO",
        "$JS.API.STREAM.NAMES",
        "$JS.API.STREAM.LIST",
        *(f"$JS.API.STREAM.{verb}.>" for verb in streams),
        *(f"$JS.API.CONSUMER.{verb}.>" for verb in consumers),
        "$JS.API.DIRECT.GET.>",
    ]


def _subscriber() -> Access:
    """Other people's services, in the readers' account: what they like with their copy, and nothing with ours."""
    return Access(
        publish=[
            "$JS.API.INFO",
            f"$JS.API.STREAM.INFO.{EVENTS.name}",
            f"$JS.API.CONSUMER.*.{EVENTS.name}",
            f"$JS.API.CONSUMER.*.{EVENTS.name}.>",
            f"$JS.API.CONSUMER.DURABLE.CREATE.{EVENTS.name}.>",
            f"$JS.API.CONSUMER.MSG.NEXT.{EVENTS.name}.*",
            f"$JS.ACK.{EVENTS.name}.>",
            f"$JS.FC.{EVENTS.name}.>",
        ],
        subscribe=["medianest.evt.>", f"{inbox_prefix(SUBSCRIBER)}.>"],
    )


@dataclass(frozen=True)
class Credential:
    """How a user proves itself: a password (development) or the public half of an nkey (production)."""

    password: str | None = None
    nkey: str | None = None

    def render(self, user: str) -> str:
        if self.nkey is not None:
            return f"nkey: {self.nkey}"
        return f"user: {user}, password: {json.dumps(self.password)}"


@dataclass(frozen=True)
class Tls:
    cert: str
    key: str
    ca: str

    def render(self) -> str:
        return (
            f"tls {{ cert_file: {json.dumps(self.cert)}, key_file: {json.dumps(self.key)}, "
            f'ca_file: {json.dumps(self.ca)}, min_version: "1.3", timeout: 5 }}\n'
        )


@dataclass(frozen=True)
class ServerOptions:
    """What differs between a laptop and production."""

    name: str
    listen: str
    monitor: str
    store: str
    sync_always: bool = False
    tls: Tls | None = None
    egresses: tuple[str, ...] = (DEFAULT_EGRESS,)
    extra_subscribers: tuple[str, ...] = ()


def server_config(options: ServerOptions, credentials: dict[str, Credential]) -> str:
    """The text of the nats-server configuration: listeners, storage, accounts, users and their rights."""
    api = f"JS.APP.API.CONSUMER.CREATE.{EVENTS.name}"
    ours = f"$JS.API.CONSUMER.CREATE.{EVENTS.name}"
    sync = ", sync_interval: always" if options.sync_always else ""
    return f"""# Generated from the contracts by medianest_common.broker_access; do not edit.
server_name: {json.dumps(options.name)}
listen: {json.dumps(options.listen)}
http: {json.dumps(options.monitor)}
max_payload: {MAX_PAYLOAD}
max_connections: 400
max_subscriptions: 500
write_deadline: "5s"
{options.tls.render() if options.tls else ""}jetstream {{
  store_dir: {json.dumps(options.store)}, max_mem: {128 * _MIB}, max_file: {12 * _GIB}{sync}
}}
accounts {{
  SYS {{ users: [ {{ {credentials[SYSTEM].render(SYSTEM)} }} ] }}
  APP {{
    jetstream: {{ max_mem: {64 * _MIB}, max_file: {8 * _GIB}, max_streams: 20, max_consumers: 2000 }}
    exports: [
      {{ stream: "medianest.evt.>", accounts: [READERS] }}
      {{ stream: "readers.copy.>", accounts: [READERS] }}
      {{ service: "$JS.FC.>", response_type: stream, accounts: [READERS] }}
      {{ service: "{ours}", accounts: [READERS] }}
      {{ service: "{ours}.>", accounts: [READERS] }}
    ]
    users: [
{_users((PROVISIONER, *SERVICES), credentials, options.egresses)}
    ]
  }}
  READERS {{
    jetstream: {{ max_mem: {16 * _MIB}, max_file: {3 * _GIB}, max_streams: 1, max_consumers: 100 }}
    imports: [
      {{ stream: {{ account: APP, subject: "medianest.evt.>" }} }}
      {{ stream: {{ account: APP, subject: "readers.copy.>" }} }}
      {{ service: {{ account: APP, subject: "$JS.FC.>" }} }}
      {{ service: {{ account: APP, subject: "{ours}" }}, to: "{api}" }}
      {{ service: {{ account: APP, subject: "{ours}.>" }}, to: "{api}.>" }}
    ]
    users: [
      {{ {credentials[READER_ADMIN].render(READER_ADMIN)} }}
{_readers((SUBSCRIBER, *options.extra_subscribers), credentials)}
    ]
  }}
}}
system_account: SYS
"""


def _users(names: tuple[str, ...], credentials: dict[str, Credential], egresses: tuple[str, ...]) -> str:
    return "\n".join(_user(name, credentials[name], access_of(name, egresses)) for name in names)


def _readers(names: tuple[str, ...], credentials: dict[str, Credential]) -> str:
    return "\n".join(_user(name, credentials[name], _subscriber()) for name in names)


def _user(name: str, credential: Credential, access: Access) -> str:
    publish, subscribe = json.dumps(access.publish), json.dumps(access.subscribe)
    rights = f"publish: {{ allow: {publish} }}, subscribe: {{ allow: {subscribe} }}"
    return f"      {{ {credential.render(name)}, permissions: {{ {rights} }} }}"
