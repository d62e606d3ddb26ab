"""`make soak`: an emulator is killed at random, again and again, and nothing is lost or doubled.

One emulator on one data folder, and a receiver of webhooks beside it. In each run a client assigns
and removes roles for a while and asks for what needs an approval, which an approver gives, denies
or leaves to time; the clock is moved meanwhile, by minutes or by days, or has moved while nothing
ran, with a worker or without (soak_client.Life). Then the process is killed (SIGKILL) at a random
moment, and started again. What the client was told of has to be there, and of every start, end,
reminder and time-out that has come by then there is one event, as the model says (soak_model.py).
Of what is behind it in the log the receiver has heard everything, in its order (soak_receiver.py).
At the end it has heard all there is, and the log is verified.
"""

import argparse
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Final

import httpx

from tests.support.running import TIMEBOUND, RunningService, running
from timebound.server.clock import Movement
from timebound.server.emulation import read_movement, write_movement
from timebound.server.notes import MOVEMENT
from tools.soak_client import Client, GoneError, Life, LostError, move
from tools.soak_model import count_told, find_faults, find_undecided
from tools.soak_receiver import Hearing, Receiver, begin_hearing, free_consumers

_LONGEST: Final = 1.5
"""Seconds that a process lives at most, once it is ready."""
_LIVES: Final = {Life.STEADY: 8, Life.CROWDED: 5, Life.BEHIND: 3, Life.LATE: 4}
"""How often each, of twenty."""
_OUTAGES: Final = (
    timedelta(minutes=10),
    timedelta(hours=5),
    timedelta(hours=25),
    timedelta(days=3),
    timedelta(days=12),
)
_SELDOM: Final = 0.1
"""How often the minute is waited for, or not, for which a dead process has consumers in hand."""
_LAST_PATIENCE: Final = 1800.0
"""Seconds that the receiver may need at the end to hear of what it is behind."""


@dataclass(frozen=True, slots=True)
class Soak:
    """The data folder, and who is beside the service."""

    folder: Path
    options: list[str]
    client: Client
    hearing: Hearing

    @property
    def database(self) -> Path:
        """Where everything is kept."""
        return _database_in(self.folder)

    def live_and_die(self, life: Life) -> None:
        """One life: it ends at a random moment, whatever it is doing then."""
        chance, more = self.client.chance, self.options
        if life.is_after_outage:
            self._pass_time(chance.choice(_OUTAGES))
        if life is Life.BEHIND:
            more = [*more, "--no-worker"]
        if chance.random() >= _SELDOM:
            free_consumers(self.database)
        with running(self.folder, "emulator", *more) as service:
            if not life.is_after_outage:
                self.check(service)
            span = chance.uniform(0.02, _LONGEST)
            killer = threading.Timer(span, service.process.send_signal, [signal.SIGKILL])
            killer.start()
            try:
                self.client.use(service, life)
            except (httpx.TransportError, ConnectionError, GoneError):
                killer.join()
            finally:
                killer.cancel()

    def check(self, service: RunningService) -> None:
        """Holds what is kept against what was told, once everything due has been done."""
        client = self.client
        # While it stands still, nothing falls due between what is done and what is looked at.
        now = move(service, {"freeze": True})
        client.note(now)
        client.instants.append(now)
        with closing(sqlite3.connect(self.database)) as database:
            kept = {row[0] for row in database.execute("SELECT id FROM requests")}
        lost = [f"lost: {one}" for one in client.acknowledged if one not in kept]
        faults = [
            *lost,
            *find_faults(self.database, now, client.instants),
            *find_undecided(self.database, client.decided),
            *self.hearing.find_faults(),
        ]
        if faults:
            raise LostError("\n".join(faults))
        client.note(move(service, {"freeze": False}))

    def finish(self) -> None:
        """The last look, when the receiver has heard of everything."""
        free_consumers(self.database)
        with running(self.folder, "emulator", *self.options) as service:
            self.check(service)
            until, pause = monotonic() + _LAST_PATIENCE, threading.Event()
            while left := self.hearing.left:
                if monotonic() > until:
                    raise LostError(f"the receiver is still {left} events behind")
                sys.stderr.write(f"\rthe receiver is {left} events behind ")
                pause.wait(0.5)
            self.check(service)

    def _pass_time(self, span: timedelta) -> None:
        """Moves the clock while nothing runs, as time does when a machine is off."""
        with closing(sqlite3.connect(self.database, isolation_level=None)) as database:
            question = "SELECT value FROM meta WHERE key = ?"
            row = database.execute(question, [MOVEMENT]).fetchone()
            moved = read_movement(None if row is None else row[0])
            frozen_at = None if moved.frozen_at is None else moved.frozen_at + span
            later = write_movement(Movement(moved.offset + span, frozen_at))
            database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", [MOVEMENT, later])
        if self.client.latest is not None:
            self.client.latest += span


def _database_in(folder: Path) -> Path:
    return folder / "data" / "timebound.db"


def _begin(folder: Path, chance: random.Random) -> Soak:
    """The first start, after which the receiver is told of everything."""
    receiver, database = Receiver(chance), _database_in(folder)
    options = receiver.open(folder)
    with running(folder, "emulator", *options):
        hearing = begin_hearing(database, receiver)
    return Soak(folder, options, Client(database, chance), hearing)


def _run(soak: Soak, runs: int, seed: int) -> None:
    client, receiver = soak.client, soak.hearing.receiver
    lives, weights = list(_LIVES), list(_LIVES.values())
    for run in range(1, runs + 1):
        (life,) = client.chance.choices(lives, weights)
        soak.live_and_die(life)
        sys.stderr.write(
            f"\r{run} of {runs} runs, {client.calls} calls, {len(client.acknowledged)} acknowledged"
            f", {len(client.decided)} decided, {len(receiver.heard)} heard (--seed {seed}) "
        )
    soak.finish()


def main() -> int:
    """Runs, shows how far it has come, and answers 1 if something was lost."""
    parser = argparse.ArgumentParser(prog="python -m tools.soak", description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=None, help="to do nearly the same again")
    given = parser.parse_args()
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(10**6)
    chance = random.Random(seed)  # noqa: S311 - nothing here is to be kept from anybody
    with tempfile.TemporaryDirectory(prefix="timebound-soak-") as name:
        soak = _begin(Path(name), chance)
        client, receiver = soak.client, soak.hearing.receiver
        try:
            _run(soak, given.runs, seed)
        except LostError as error:
            print(f"\nlost after {client.calls} calls, --seed {seed}: {error}")
            return 1
        kinds = count_told(soak.database)
        sys.stderr.write("\ntold: " + ", ".join(f"{kind} {kinds[kind]}" for kind in sorted(kinds)))
        heard = f"{len(receiver.heard)} events, {receiver.repeated} of them again"
        sys.stderr.write(f"\nthe receiver heard {heard}")
        verify: list[str | Path] = [TIMEBOUND, "audit", "verify", "--data", soak.folder / "data"]
        done = subprocess.run(verify, check=False, capture_output=True, text=True)  # noqa: S603 - our own command
    print(f"\n{done.stdout}{done.stderr}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
