"""Receive what Timebound tells by webhooks, with nothing but Python's own library.

    WEBHOOK_SECRET=whsec_... python receive_webhooks.py 9000

Listens on this machine, behind whatever speaks TLS for it. A request whose signature is not by the
secret, or was made more than five minutes ago, is answered 401. An event that came before is
answered as if it were new and not told again: keep the ids for as long as you may be told twice.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

KEY = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))
TOLERANCE = 300
SEEN: set[str] = set()


def is_genuine(message_id: str, timestamp: str, signatures: str, body: bytes) -> bool:
    """Whether somebody who knows the secret has sent this a moment ago."""
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > TOLERANCE:
        return False
    digest = hmac.digest(KEY, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    expected = b"v1," + base64.b64encode(digest)
    # There may be several, while one secret takes the place of another.
    return any(hmac.compare_digest(one.encode(), expected) for one in signatures.split(" "))


class Receiver(BaseHTTPRequestHandler):
    """Answers 204 to what is genuine."""

    def do_POST(self) -> None:
        """Takes one event."""
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        names = ("webhook-id", "webhook-timestamp", "webhook-signature")
        message_id, timestamp, signatures = (self.headers.get(name, "") for name in names)
        if not is_genuine(message_id, timestamp, signatures, body):
            self.answer(401)
            return
        if message_id not in SEEN:
            SEEN.add(message_id)
            event = json.loads(body)
            print(event["type"], event["subject"], flush=True)
        self.answer(204)

    def answer(self, status: int) -> None:
        """Answers without a body."""
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Logs no addresses."""


if __name__ == "__main__":
    server = HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver)
    print("listening on", server.server_port, flush=True)
    server.serve_forever()
