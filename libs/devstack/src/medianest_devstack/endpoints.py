"""`.run/endpoints.json`: where everything of a run is, for programs that drive the suite."""

import json
import os
from pathlib import Path
from typing import Any

from medianest_devstack.files import write_private
from medianest_devstack.plan import DATABASES, Plan
from medianest_devstack.supervisor import Kept, Supervisor

FILE = "endpoints.json"
_SERVICES = ("auth", "requests", "downloader", "status")


def describe(plan: Plan, supervisor: Supervisor | None, state: str) -> dict[str, Any]:
    """Return addresses, accounts and processes as they are now; passwords among them, so the file is private."""
    servers = plan.servers
    processes: dict[str, Any] = {"runner": {"pid": os.getpid(), "state": state, "restarts": 0, "kind": "runner"}}
    for name, server in zip(("postgres", "nats", "valkey"), servers.all, strict=True):
        running = server.child if server.running else None
        processes[name] = {
            "pid": running.pid if running else None,
            "state": "ready" if running else "stopped",
            "restarts": 0,
            "kind": "server",
        }
    for name, kept in supervisor.kept.items() if supervisor else ():
        processes[name] = _process(kept)
    return {
        "state": state,
        "gateway": plan.gateway_url,
        "public_url": plan.settings.origin,
        "services": {name: plan.url(name) for name in _SERVICES},
        "health": {
            **{name: f"{plan.url(name)}/health/ready" for name in (*_SERVICES, "worker")},
            "gateway": f"{plan.url('gateway_internal')}/health/ready",
        },
        "sandbox": _sandbox(plan),
        "postgres": _postgres(plan),
        "valkey": {"url": servers.valkey.url},
        "nats": {
            "url": servers.nats.url,
            "monitor_url": servers.nats.monitor_url,
            "accounts": {
                user: {"user": user, "password": password, "url": servers.nats.url_for(user)}
                for user, password in servers.nats.passwords.items()
            },
        },
        "media_dir": str(plan.media),
        "pids": {name: process["pid"] for name, process in processes.items()},
        "processes": processes,
    }


def write(plan: Plan, supervisor: Supervisor | None, state: str) -> None:
    """Put the description in its place, whole."""
    write_private(plan.state / FILE, json.dumps(describe(plan, supervisor, state), indent=2) + "\n")


def read(state: Path) -> dict[str, Any]:
    """Return the last description written, {} when there is none."""
    try:
        described: dict[str, Any] = json.loads((state / FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return described


def _process(kept: Kept) -> dict[str, Any]:
    kind = "sandbox" if kept.service.name == "sandbox" else "service"
    return {"pid": kept.pid, "state": str(kept.state), "restarts": kept.restarts, "kind": kind}


def _postgres(plan: Plan) -> dict[str, Any]:
    databases: dict[str, Any] = {}
    for service, guests in DATABASES.items():
        databases[service] = {role: plan.database_url(service, role) for role in (service, *guests)}
    return {
        "url": plan.servers.postgres.url,
        "databases": {service: urls[service] for service, urls in databases.items()},
        "roles": databases,
    }


def _sandbox(plan: Plan) -> dict[str, str] | None:
    if not plan.settings.uses_sandbox:
        return None
    base = plan.sandbox_url
    return {
        "url": base,
        "control": f"{base}/control",
        "docs": f"{base}/control/docs",
        "plextv": f"{base}/plextv",
        "link": f"{base}/plextv/link",
        "plex": f"{base}/plex",
        "overseerr": f"{base}/overseerr",
        "uptime_kuma": f"{base}/uptime-kuma",
        "video": f"{base}/video",
    }
