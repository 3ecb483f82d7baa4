"""A supervisor over two tiny services, as a process: ``python -m tests.e2e.fake_stack HOME PORT``.

The services are real processes under the real supervisor, broker, database and issuer; each
answers on its port with what it was told.
"""

import asyncio
import sys
from pathlib import Path

import typer
from studio.guard import guarded, run
from studio.home import Home
from studio.services import Service
from studio.settings import inherited_environment
from studio.supervisor import Plan, running

SERVER = """
import json, os, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(dict(os.environ)).encode())

    def log_message(self, *_):
        pass

HTTPServer((os.environ["HTTP_HOST"], int(os.environ["HTTP_PORT"])), Handler).serve_forever()
"""
BROKEN = "raise SystemExit('generator: this cannot work')"


def services(generator: str) -> list[Service]:
    """A gateway that works, and a generator that runs the given code."""
    return [
        Service("gateway", (sys.executable, "-c", SERVER)),
        Service("generator", (sys.executable, "-c", generator)),
    ]


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def _stay(folder: Path, first_port: int) -> None:
    plan = Plan(services=services(SERVER), inherited=inherited_environment(), first_port=first_port)
    async with running(Home.open(folder), plan, say):
        say("up")
        await asyncio.Event().wait()


@guarded
def main(folder: Path, first_port: int) -> None:
    run(_stay(folder, first_port))


if __name__ == "__main__":
    typer.run(main)
