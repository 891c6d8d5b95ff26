"""The table of processes of a run: what each is called, how it starts, and the few settings it is given."""

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from medianest_devstack import keys, media_tools
from medianest_devstack.plan import Plan
from medianest_devstack.supervisor import Service

Values = dict[str, object]

_OUTSIDE = {"plex_url", "plex_token", "overseerr_url", "overseerr_api_key", "uptime_kuma_url", "uptime_kuma_api_key"}


def services(plan: Plan) -> list[Service]:
    """Return every process of the run, in the order in which starts are begun."""
    python = partial(_python, plan)
    service = partial(_service, plan)
    ready = {name: f"{plan.url(name)}/health/ready" for name in plan.ports}
    table = [
        service("auth", python("auth"), _auth(plan), ready["auth"]),
        service("requests", python("requests"), _requests(plan), ready["requests"]),
        service("status", python("status"), _status(plan), ready["status"]),
        service("downloader", python("downloader", "api"), _downloader(plan), ready["downloader"]),
        service("worker", python("downloader", "worker"), _worker(plan), ready["worker"], after=("downloader",)),
        service("gateway", python("gateway"), _gateway(plan), ready["gateway_internal"], after=("auth",)),
    ]
    return [_sandbox(plan), *table] if plan.settings.uses_sandbox else table


def _service(
    plan: Plan, name: str, argv: list[str], own: Values, ready: str, *, after: tuple[str, ...] = ()
) -> Service:
    setting = f"MEDIANEST_{name.upper()}{'_INTERNAL' if name == 'gateway' else ''}_PORT"
    return Service(name, argv, _env(plan, own), ready, after=after, setting=setting)


def migration_env(plan: Plan, service: str) -> dict[str, str]:
    """The environment of `python -m medianest_<service> migrate`."""
    settings = {"auth": _auth, "requests": _requests, "status": _status, "downloader": _downloader}[service]
    return _env(plan, settings(plan))


def migration_argv(plan: Plan, service: str) -> list[str]:
    return _python(plan, service, "migrate")


def _python(plan: Plan, service: str, *arguments: str) -> list[str]:
    return [plan.python, "-m", f"medianest_{service}", *arguments]


def _env(plan: Plan, own: Values) -> dict[str, str]:
    """The whole environment of a process: its own settings, and nothing of the shell it was started from."""
    settings = plan.settings
    common: Values = {
        "environment": "development",
        "log_level": settings.log_level,
        "log_format": settings.log_format,
        "public_url": settings.origin,
        "nats_url": plan.servers.nats.url,
    }
    values = {f"MEDIANEST_{name.upper()}": str(value) for name, value in {**common, **own}.items() if value is not None}
    outside = {} if settings.uses_sandbox else plan.environment.outside
    return {**_base(plan), **outside, **plan.environment.others, **values}


def _base(plan: Plan) -> dict[str, str]:
    path = os.pathsep.join([str(Path(plan.python).parent), "/usr/local/bin", "/usr/bin", "/bin"])
    base = {"PATH": path, "LANG": "C.UTF-8", "TZ": "UTC", "PYTHONUNBUFFERED": "1", "HOME": str(plan.state)}
    return base | {"PYTHONNODEBUGRANGES": "1"}  # tracebacks name lines, not columns; 0.7 MiB less of each process


def _listening(plan: Plan, name: str, user: str | None = None) -> Values:
    user = user or name
    return {"http_port": plan.ports[name], "nats_user": user, "nats_password": plan.servers.nats.passwords[user]}


def _plex_tv(plan: Plan) -> Values:
    """Where plex.tv is; the real one needs no setting."""
    values: Values = {"plex_client_id": plan.plex_client_id()}
    if plan.settings.uses_sandbox:
        values["plex_tv_url"] = f"{plan.sandbox_url}/plextv"
    return values


def _auth(plan: Plan) -> Values:
    values: Values = {
        **_listening(plan, "auth"),
        **_plex_tv(plan),
        "database_url": plan.database_url("auth", "auth"),
        "redis_url": plan.servers.valkey.url,
        "csrf_key": plan.secret("csrf_key"),
        "encryption_keys": keys.encryption_keys(plan.credentials, "auth"),
        "service_public_keys": keys.service_public_keys(plan.credentials),
        "reader_key": keys.reader_key(plan.credentials, "auth"),
        "setup_code": plan.setup_code(),
    }
    if plan.settings.uses_sandbox:
        values["plex_auth_url"] = f"{plan.sandbox_url}/plextv/auth"
        values["plex_link_url"] = f"{plan.sandbox_url}/plextv/link"
    return values


def _requests(plan: Plan) -> Values:
    values: Values = {
        **_listening(plan, "requests"),
        **_plex_tv(plan),
        "database_url": plan.database_url("requests", "requests"),
        "auth_url": plan.url("auth"),
        "service_key": keys.service_key(plan.credentials, "requests"),
        "reader_key": keys.reader_key(plan.credentials, "requests"),
        "overseerr_webhook_secret": overseerr_webhook_secret(plan),
    }
    if plan.settings.uses_sandbox:
        values["tmdb_image_url"] = f"{plan.sandbox_url}/tmdb"
    return values


def _status(plan: Plan) -> Values:
    return {
        **_listening(plan, "status"),
        **_first_integrations(plan),
        "database_url": plan.database_url("status", "status"),
        "encryption_keys": keys.encryption_keys(plan.credentials, "status"),
        "reader_keys": keys.reader_keys(plan.credentials),
        "uptime_kuma_webhook_secret": uptime_kuma_webhook_secret(plan),
        "webhook_base_url": plan.settings.webhook_base_url or plan.gateway_url,
    }


def _first_integrations(plan: Plan) -> Values:
    """The outside systems as they are first configured."""
    settings = plan.settings
    if not settings.uses_sandbox:
        names = (
            "plex_url",
            "plex_token",
            "overseerr_url",
            "overseerr_api_key",
            "uptime_kuma_url",
            "uptime_kuma_api_key",
        )
        return {name: getattr(settings, name) for name in names}
    from medianest_sandbox.people import account_token  # noqa: PLC0415 - an image without the sandbox runs too

    return {
        "plex_url": f"{plan.sandbox_url}/plex",
        "plex_token": account_token("owner"),
        "overseerr_url": f"{plan.sandbox_url}/overseerr",
        "overseerr_api_key": "sandbox-overseerr-key",
        "uptime_kuma_url": f"{plan.sandbox_url}/uptime-kuma",
        "uptime_kuma_api_key": "uk1_sandbox",
    }


def _media(plan: Plan) -> Values:
    """What both roles of the downloader know of the media folder and of where videos may come from."""
    values: Values = {
        "media_dir": plan.media,
        "ffmpeg": media_tools.find("ffmpeg"),
        "ffprobe": media_tools.find("ffprobe"),
    }
    if plan.settings.uses_sandbox:
        # The video site is on this machine, where downloads may otherwise never go.
        values |= {"allow_private_addresses": "true", "allowed_extractors": "generic,html5"}
    return values


def _downloader(plan: Plan) -> Values:
    return {
        **_listening(plan, "downloader"),
        **_plex_tv(plan),
        **_media(plan),
        "database_url": plan.database_url("downloader", "downloader"),
        "auth_url": plan.url("auth"),
        "service_key": keys.service_key(plan.credentials, "downloader"),
        "reader_key": keys.reader_key(plan.credentials, "downloader"),
    }


def _worker(plan: Plan) -> Values:
    return {
        **_listening(plan, "worker"),
        **_media(plan),
        "database_url": plan.database_url("downloader", "downloader_worker"),
    }


def _gateway(plan: Plan) -> Values:
    return {
        **_listening(plan, "gateway"),
        "http_host": plan.settings.http_host,
        "internal_port": plan.ports["gateway_internal"],
        "redis_url": plan.servers.valkey.url,
        "csrf_key": plan.secret("csrf_key"),
        "service_key": keys.service_key(plan.credentials, "gateway"),
        "auth_url": plan.url("auth"),
        "requests_url": plan.url("requests"),
        "downloader_url": plan.url("downloader"),
        "status_url": plan.url("status"),
        "web_dir": plan.project / "services" / "gateway" / "web" / "dist",
    }


def _sandbox(plan: Plan) -> Service:
    options: Mapping[str, object] = {
        "--port": plan.ports["sandbox"],
        "--media": plan.media,
        "--state": plan.state / "sandbox",
        "--webhook-base": plan.gateway_url,
    }
    env = _base(plan) | {
        "MEDIANEST_SANDBOX_OVERSEERR_WEBHOOK_AUTH": overseerr_webhook_secret(plan),
        "MEDIANEST_SANDBOX_KUMA_WEBHOOK_AUTH": uptime_kuma_webhook_secret(plan),
    }
    if ffmpeg := media_tools.find("ffmpeg"):
        env["MEDIANEST_FFMPEG"] = ffmpeg
    arguments = [str(part) for option in options.items() for part in option]
    return Service("sandbox", _python(plan, "sandbox", *arguments), env, f"{plan.sandbox_url}/control/people")


def overseerr_webhook_secret(plan: Plan) -> str:
    """What Overseerr sends in `Authorization`: as set, else made once."""
    return plan.settings.overseerr_webhook_secret or plan.secret("overseerr_webhook")


def uptime_kuma_webhook_secret(plan: Plan) -> str:
    """What Uptime Kuma sends in `Authorization`: as set, else made once."""
    return plan.settings.uptime_kuma_webhook_secret or plan.secret("uptime_kuma_webhook")
