"""`make ps`: the processes of a run with their state and what memory they really take."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PROC = Path("/proc")
_AIM_MIB = 512


@dataclass(frozen=True)
class Memory:
    """KiB: resident, and proportional (pages shared with others count in part)."""

    rss: int = 0
    pss: int = 0

    def __add__(self, other: "Memory") -> "Memory":
        return Memory(self.rss + other.rss, self.pss + other.pss)


def memory(pid: int) -> Memory:
    """Return the memory of one process; nothing for one that has ended or may not be looked at."""
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return Memory()
    values = {line.split(":")[0]: int(line.split()[1]) for line in lines}
    return Memory(values.get("Rss", 0), values.get("Pss", 0))


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for folder in _PROC.iterdir():
        if folder.name.isdigit():
            try:
                # The name in parentheses may itself hold spaces and parentheses.
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            found[int(fields[1])].append(int(folder.name))
    return found


def tree_memory(pid: int, children: dict[int, list[int]]) -> Memory:
    """Return the memory of a process and of everything it started."""
    total = memory(pid)
    for child in children.get(pid, ()):
        total += tree_memory(child, children)
    return total


def table(described: dict[str, Any]) -> str:
    """Return the processes of `endpoints.json` as a table, and the sum that is held against the aim."""
    children = _children()
    # The runner's own figure without the processes below it, which have lines of their own.
    measured = {
        name: memory(process["pid"]) if process["kind"] == "runner" else tree_memory(process["pid"], children)
        for name, process in described["processes"].items()
        if process["pid"]
    }
    lines = [f"{'process':<12} {'pid':>7} {'state':<11} {'restarts':>8} {'RSS MiB':>9} {'PSS MiB':>9}"]
    for name, process in described["processes"].items():
        took = measured.get(name, Memory())
        lines.append(
            f"{name:<12} {process['pid'] or '-':>7} {process['state']:<11} {process['restarts']:>8} {_mib(took)}"
        )
    services = Memory()
    for name, process in described["processes"].items():
        if process["kind"] == "service":
            services += measured.get(name, Memory())
    lines.append(f"{'services':<12} {'':>7} {'':<11} {'':>8} {_mib(services)}   (aim: PSS under {_AIM_MIB} MiB)")
    return "\n".join(lines)


def _mib(took: Memory) -> str:
    return f"{took.rss / 1024:>9.1f} {took.pss / 1024:>9.1f}"
