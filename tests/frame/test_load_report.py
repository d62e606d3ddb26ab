"""What the load generator reports arrives whole, however often its writing is interrupted."""

import fcntl
import os
import signal
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

from bench.load import write_whole

CONTENT = os.urandom(1024 * 1024)
"""More than a pipe takes at once."""


@contextmanager
def interrupted_pipe() -> Iterator[tuple[int, list[bytes], Callable[[], None]]]:
    """A pipe that nobody reads before whoever writes to it has been interrupted by a signal."""
    source, target = os.pipe()
    is_interrupted = threading.Event()

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        waiting = int.from_bytes(fcntl.ioctl(source, termios.FIONREAD, bytes(4)), sys.byteorder)
        if waiting:
            is_interrupted.set()

    read: list[bytes] = []

    def take_all() -> None:
        is_interrupted.wait()
        while part := os.read(source, 65536):
            read.append(part)

    reader = threading.Thread(target=take_all)

    def finish() -> None:
        os.close(target)
        reader.join()

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    reader.start()
    try:
        yield target, read, finish
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        os.close(source)


@pytest.mark.documented("write(2): a write that a signal interrupts tells how much it wrote")
def test_a_report_is_written_whole() -> None:
    with interrupted_pipe() as (target, read, finish):
        write_whole(target, CONTENT)
        finish()
    assert b"".join(read) == CONTENT


@pytest.mark.documented("write(2): as above; what the test above guards against")
def test_a_single_write_may_end_after_a_part() -> None:
    with interrupted_pipe() as (target, read, finish):
        written = os.write(target, CONTENT)
        finish()
    assert 0 < written < len(CONTENT)
    assert b"".join(read) == CONTENT[:written]
