"""A receiver of webhooks beside a soaked emulator, and what it must have heard by now.

It takes what comes, and remembers it; sometimes it refuses, or hangs up when it has taken
something. What it has to hear is what the log has behind the place where it began.
"""

import base64
import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Final

from tests.support.receiving import Heard

_SECRET: Final = "whsec_" + base64.b64encode(bytes(range(32))).decode()
_NAME: Final = "soak"
_CONSUMER: Final = f"webhook:{_NAME}"
_SELDOM: Final = 0.002
"""How often it refuses, and how often it hangs up."""
_TOLD: Final = frozenset(
    {
        "requestMade",
        "requestRefused",
        "approvalAsked",
        "approvalGiven",
        "approvalDenied",
        "approvalTimedOut",
        "grantMade",
        "grantStarted",
        "grantEndsSoon",
        "grantExpired",
    }
)
"""The kinds of events of which a receiver hears each; of an end that was brought about, not all."""
_PASSED: Final = "SELECT id, kind, position FROM events WHERE position >= ? AND position < ?"


@dataclass(slots=True)
class Receiver:
    """What has been heard: each event once, in the order in which they came first."""

    chance: random.Random
    heard: dict[str, str] = field(default_factory=dict)
    repeated: int = 0
    faults: list[str] = field(default_factory=list)

    def take(self, heard: Heard) -> int | None:
        """The status to answer, or none to hang up."""
        if self.chance.random() < _SELDOM:
            return 503
        if not heard.is_signed_by(_SECRET):
            self.faults.append(f"not signed: {heard.body}")
        id_ = heard.headers["webhook-id"]
        if heard.document["id"] != id_:
            self.faults.append(f"told under {id_}: {heard.body}")
        self.repeated += id_ in self.heard
        # Each life has a port of its own, which stands in the source.
        told = json.dumps({**heard.document, "source": ""})
        if self.heard.setdefault(id_, told) != told:
            self.faults.append(f"told otherwise than before: {heard.body}")
        return None if self.chance.random() < _SELDOM else 204

    def open(self, folder: Path) -> list[str]:
        """Listens; answers the options of a service that is to tell it."""
        server = _Server(("127.0.0.1", 0), _make_handler(self))
        Thread(target=server.serve_forever, daemon=True).start()
        origin = f"http://127.0.0.1:{server.server_port}"
        hook = {"name": _NAME, "url": f"{origin}/hook", "secret": _SECRET}
        path = folder / "webhooks.yaml"
        path.write_text(json.dumps({"webhooks": [hook]}), encoding="utf-8")
        networks = ["--outgoing-host", origin, "--outgoing-network", "127.0.0.0/8"]
        return ["--webhooks", str(path), *networks]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_arguments: object) -> None:
        """A service that is killed in the middle is no fault."""


def _make_handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Hands over what came whole."""

        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            body = self.rfile.read(length)
            headers = {name.lower(): value for name, value in self.headers.items()}
            is_whole = len(body) == length
            status = receiver.take(Heard(self.path, headers, body.decode())) if is_whole else None
            if status is None:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Says nothing on the standard error output."""

    return Handler


@dataclass(slots=True)
class Hearing:
    """How far what was heard has been held against the log."""

    database: Path
    receiver: Receiver
    next: int
    """The first place that is still to be looked at; at first where the receiver began."""
    count: int = 0
    last: int = -1

    def find_faults(self) -> Iterator[str]:
        """What is missing, unknown or out of turn of what came since the last look."""
        with closing(sqlite3.connect(self.database)) as database:
            end = _read_position(database)
            for id_, kind, position in database.execute(_PASSED, [self.next, end]):
                if kind in _TOLD and id_ not in self.receiver.heard:
                    yield f"never heard: {kind} {id_} at {position}"
            self.next = end
            ids = list(self.receiver.heard)
            for id_ in ids[self.count :]:
                yield from self._judge(database, id_)
            self.count = len(ids)
            dead = database.execute("SELECT error FROM dead_letters").fetchall()
        yield from (f"a dead letter: {error}" for (error,) in dead)
        yield from self.receiver.faults

    def _judge(self, database: sqlite3.Connection, id_: str) -> Iterator[str]:
        found = database.execute("SELECT position FROM events WHERE id = ?", [id_]).fetchone()
        if found is None or found[0] is None:
            yield f"heard, and not in the log: {id_}"
        elif found[0] < self.last:
            yield f"heard behind {self.last}: {id_} at {found[0]}"
        else:
            self.last = found[0]

    @property
    def left(self) -> int:
        """How many events the receiver is behind."""
        with closing(sqlite3.connect(self.database)) as database:
            (count,) = database.execute("SELECT count(*) FROM events").fetchone()
            return int(count) - _read_position(database)


def begin_hearing(database: Path, receiver: Receiver) -> Hearing:
    """From where the receiver is told of everything, as a service that has begun knows it."""
    with closing(sqlite3.connect(database)) as connection:
        return Hearing(database, receiver, _read_position(connection))


def free_consumers(database: Path) -> None:
    """As if the minute were over for which whoever was killed has the consumers in hand."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("UPDATE consumers SET held_until = NULL")


def _read_position(database: sqlite3.Connection) -> int:
    question = "SELECT position FROM consumers WHERE name = ?"
    return int(database.execute(question, [_CONSUMER]).fetchone()[0])
