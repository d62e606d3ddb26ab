"""HTTP/1.1 as uvicorn speaks it, with a limit to what a client can make the parser keep."""

from typing import Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

LARGEST_HEAD: Final = 64 * 1024
"""How many bytes may come in without completing the head of a request or a piece of its body.

It is looked at as bytes come in: what comes in at once and is complete is taken.
"""
_TOO_LARGE: Final = 431


class LimitedProtocol(HttpToolsProtocol):
    """Refuses a head, or what follows a chunked body, that goes on beyond LARGEST_HEAD with 431.

    The parser keeps a header until it is complete, however long it gets, and has no limit itself.
    """

    _incomplete = 0

    def data_received(self, data: bytes) -> None:
        """Takes in what the client sent."""
        self._incomplete += len(data)
        super().data_received(data)
        if self._incomplete > LARGEST_HEAD and not self.transport.is_closing():
            self._refuse()

    def on_headers_complete(self) -> None:
        """A head is complete."""
        self._incomplete = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of a body is there; how many there may be is decided behind."""
        self._incomplete = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A request is complete."""
        self._incomplete = 0
        super().on_message_complete()

    def _refuse(self) -> None:
        # In the middle of an answer to the request before there is no place for another one.
        is_first = self.cycle is None  # uvicorn declares it as if there always were one
        if is_first or self.cycle.response_complete:
            head = b"content-length: 0\r\nconnection: close\r\n\r\n"
            self.transport.write(STATUS_LINE[_TOO_LARGE] + head)
        self.transport.close()
