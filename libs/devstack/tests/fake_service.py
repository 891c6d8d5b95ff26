"""A service as small as can be: ready after a while, dies when told, leaves a child behind if asked to.

Usage: fake_service.py PORT [--ready-after S] [--fail WORDS] [--child FILE]; GET /die ends it with code 7.
"""

import argparse
import os
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("port", type=int)
parser.add_argument("--ready-after", type=float, default=0)
parser.add_argument("--fail")
parser.add_argument("--child", type=Path)
arguments = parser.parse_args()
ready_at = time.monotonic() + arguments.ready_after


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/die":
            os._exit(7)
        self.send_response(200 if time.monotonic() >= ready_at else 503)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing for a request."""


if arguments.fail:
    sys.exit(arguments.fail)
if arguments.child:
    arguments.child.write_text(str(subprocess.Popen(["sleep", "600"]).pid))
sys.stdout.write("fake service starts\n")
sys.stdout.flush()
HTTPServer(("127.0.0.1", arguments.port), Handler).serve_forever()
