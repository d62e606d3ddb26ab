"""Browsers that somebody has signed in with before, fully, and that nobody else's guesses hold up.

Such a browser keeps a name of its own for each account, marked so that nobody can make one up. It
opens nothing: all it does is that guesses in this browser are counted by themselves.
"""

from dataclasses import dataclass
from datetime import timedelta
from secrets import token_urlsafe
from typing import Final

from timebound.application.ports import Clock
from timebound.identity.flows.marks import Marks
from timebound.identity.flows.visits import Visit

LIFE: Final = timedelta(days=180)
_COOKIE: Final = "known cookie"
_BROWSER: Final = "known browser"
_STRONG: Final = "2."
_WEAK: Final = "1."


@dataclass(frozen=True, slots=True)
class KnownBrowsers:
    """Tells browsers that an account is known in, by the user name of that account."""

    marks: Marks
    clock: Clock

    def find(self, visit: Visit, account: str, *, is_strong: bool = False) -> str:
        """The name of a browser that the account is known in; empty of any other.

        For guesses at a second factor only one counts in which a second factor was shown.
        """
        given = visit.cookies.get(self._name(visit, account), "")
        name, _, mark = given.rpartition(".")
        if not self.marks.is_mark(mark, _BROWSER, account.lower(), name) or self._is_over(name):
            return ""
        return name if name.startswith(_STRONG) or not is_strong else ""

    def remember(self, visit: Visit, account: str, *, is_strong: bool) -> str:
        """The `Set-Cookie` header that makes the browser known, once somebody has fully signed in.

        The first factor alone must not do where there is a second: whoever guesses at that has it,
        and would begin anew with each browser.
        """
        strength = _STRONG if is_strong else _WEAK
        ends_at = int((self.clock.now() + LIFE).timestamp())
        name = f"{strength}{token_urlsafe(16)}.{ends_at}"
        mark = self.marks.mark(_BROWSER, account.lower(), name)
        parts = [f"{self._name(visit, account)}={name}.{mark}", "Path=/", "HttpOnly"]
        parts += ["SameSite=Lax", f"Max-Age={int(LIFE.total_seconds())}"]
        return "; ".join((*parts, "Secure") if _is_secure(visit) else parts)

    def _name(self, visit: Visit, account: str) -> str:
        """The name of the cookie, which does not tell whose it is."""
        prefix = "__Host-" if _is_secure(visit) else ""
        return f"{prefix}timebound-known-{self.marks.mark(_COOKIE, account.lower())[:16]}"

    def _is_over(self, name: str) -> bool:
        return self.clock.now().timestamp() >= int(name.rpartition(".")[2])


def _is_secure(visit: Visit) -> bool:
    return visit.origin.startswith("https://")
