"""A child that speaks our protocol and does what the last word of its address says, without yt-dlp."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any


def say(event: str, **data: Any) -> None:
    sys.stdout.write(json.dumps({"e": event, **data}) + "\n")
    sys.stdout.flush()


def progress(phase: str, fraction: float | None) -> None:
    say("progress", phase=phase, progress=fraction, downloaded_bytes=10, total_bytes=100, speed=1.0, eta=1.0)


def about(title: str = "A film") -> None:
    say("about", id="abc", extractor="youtube", page="p", title=title, uploader="U", plot="P", date="20260101")


def answer() -> str:
    """What we are told to do about it; how long our lease is now may be said first."""
    while line := sys.stdin.readline():
        if said := json.loads(line).get("answer"):
            return str(said)
    sys.exit(1)


def hang_with_a_helper() -> None:
    """For good, deaf to SIGTERM, with a process as deaf as ffmpeg at work."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    helper = subprocess.Popen(["/bin/sh", "-c", "trap '' TERM; sleep 3600"])
    Path("pids.draft").write_text(f"{os.getpid()} {helper.pid}")
    Path("pids.draft").rename("pids")
    time.sleep(3600)


def fetch(job: dict[str, Any], doing: str) -> None:
    out = Path(job["folder"]) / "out"
    out.mkdir(exist_ok=True)
    if doing == "hang-extract":
        progress("preparing", None)
        hang_with_a_helper()
    if doing == "hang":
        progress("video", 0.5)
        time.sleep(3600)
    steps = {"slow": 40, "slower": 160}.get(doing, 0)
    for step in range(1, steps):
        progress("video", step / steps)
        time.sleep(0.05)
    about()
    if answer() == "skip":
        say("skipped")
        return
    for phase, fraction in (("video", 0.5), ("audio", 0.9), ("merging", 1.0)):
        progress(phase, fraction)
        if doing == f"hang-{phase}":
            hang_with_a_helper()
    if doing == "hang-finishing":
        progress("finishing", 1.0)
        hang_with_a_helper()
    finish(out, doing, job)


def finish(out: Path, doing: str, job: dict[str, Any]) -> None:
    if doing == "crash":
        sys.exit(1)
    if doing == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if doing == "garbage":
        sys.stdout.write("not json at all\n[]\n17\n")
    if doing == "link":
        (out / "media.mp4").symlink_to("/etc/hostname")
    elif doing == "evil":
        (out / "media.sh").write_text("#!/bin/sh")
        say("done", media="media.sh", poster=None, bytes=9, duration=1.0)
        return
    elif doing != "nothing":
        (out / "media.mp4").write_bytes(b"a whole film")
        (out / "poster.jpg").write_bytes(b"a picture")
    there = {language: f"subtitle.{language}.srt" for language in job.get("subtitles", []) if language != "xx"}
    for name in there.values():
        (out / name).write_text("1\n")
    poster = "poster.jpg" if (out / "poster.jpg").exists() else None
    wishes = {"subtitles": there, "looked_for": job.get("subtitles", []), "cut": bool(job.get("sponsorblock"))}
    say("done", media="media.mp4", poster=poster, bytes=12, duration=1.0, **wishes)


def list_feed(feed: dict[str, Any], most: int) -> None:
    """What a test has written down."""
    if "failed" in feed:
        sys.stderr.write(f"ERROR: {feed['failed']}\n")
        say("failed", error="ExtractorError", text=feed["failed"], status=None, errno=None, blocked=False)
        return
    entries = feed["entries"][:most]
    say("listing", kind=feed["kind"], title=feed["title"], uploader=None, total=len(entries), estimated_bytes=None)
    for position, entry in enumerate(entries, start=1):
        say("entry", position=position, extractor="youtube", duration=1.0, **entry)


def main() -> None:
    job = json.loads(sys.stdin.readline())
    doing = job["url"].rsplit("=", 1)[-1]
    if job["do"] == "list" and doing.startswith("/"):
        list_feed(json.loads(Path(doing).read_text()), job["max_entries"])
    elif job["do"] == "list":
        say("listing", kind="playlist", title="A list", uploader=None, total=2, estimated_bytes=None)
        for position in (1, 2):
            url = job["url"].replace("?", f"?n={position}&")
            say("entry", position=position, url=url, id=None, extractor=None, title=f"Part {position}", duration=1.0)
    elif doing.startswith("private"):
        say("failed", error="ExtractorError", text="Private video. Sign in", status=None, errno=None, blocked=False)
    elif doing == "flagged":
        say("failed", error="ExtractorError", text="Sign in to confirm you\u2019re not a bot", status=None, errno=None)
    else:
        fetch(job, doing)


main()
