"""What everything interactive works with."""

from dataclasses import dataclass

from timebound.application.ports import IdSource
from timebound.identity.federation_rules import NOBODY, Federation
from timebound.identity.flows.interaction import Interactions
from timebound.identity.flows.marks import Marks, open_marks
from timebound.identity.flows.sessions import Sessions
from timebound.identity.granting import Granting
from timebound.identity.sealing import MasterKey
from timebound.identity.verify import BearerVerifier


@dataclass(frozen=True, slots=True)
class Flows:
    """Granting, and what lies between a sign-in and its tokens."""

    granting: Granting
    tokens: BearerVerifier
    marks: Marks
    interactions: Interactions
    sessions: Sessions
    ids: IdSource


def open_flows(
    granting: Granting,
    tokens: BearerVerifier,
    master: MasterKey,
    ids: IdSource,
    federation: Federation = NOBODY,
) -> Flows:
    """The parts, with keys that every server with this master key makes alike."""
    marks = open_marks(master)
    return Flows(
        granting=granting,
        tokens=tokens,
        marks=marks,
        interactions=Interactions(master, granting.system),
        sessions=Sessions(granting.store, marks, granting.system, federation),
        ids=ids,
    )
