"""Rules of policies in values of our own, any of them, for the converters to show and read."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from hypothesis import strategies as st

from timebound.domain.ids import PrincipalId
from timebound.domain.policies import RULE_SLOTS, Policy, Rule
from timebound.domain.policies.approval import (
    ApprovalMode,
    ApprovalRule,
    ApprovalStage,
    Approver,
    ApproverKind,
)
from timebound.domain.policies.authentication_context import AuthenticationContextRule
from timebound.domain.policies.enablement import Enablement, EnablementRule
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.policies.notification import NotificationLevel, NotificationRule

TEXTS: Final = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12
)
NUMBERS: Final = st.integers(0, 2**31 - 1)
IDS: Final = st.uuids().filter(lambda one: one != UUID(int=0)).map(str).map(PrincipalId)
KNOWN: Final = st.sampled_from([word.value for word in Enablement])


def is_no_word(text: str) -> bool:
    return text.lower() not in {word.value.lower() for word in Enablement}


APPROVERS: Final = st.builds(
    Approver,
    st.sampled_from([ApproverKind.USER, ApproverKind.GROUP]),
    IDS,
    st.none() | TEXTS,
)
STAGES: Final = st.builds(
    ApprovalStage,
    NUMBERS,
    st.booleans(),
    st.booleans(),
    NUMBERS,
    st.lists(APPROVERS, max_size=3).map(tuple),
)
_BY_TYPE: Final[dict[type[Rule], st.SearchStrategy[Rule]]] = {
    ExpirationRule: st.builds(
        ExpirationRule, st.booleans(), st.timedeltas(timedelta(), timedelta(days=40_000))
    ),
    EnablementRule: st.builds(
        EnablementRule, st.lists(KNOWN | TEXTS.filter(is_no_word), max_size=4).map(tuple)
    ),
    ApprovalRule: st.builds(
        ApprovalRule,
        st.booleans(),
        st.booleans(),
        st.booleans(),
        st.sampled_from(ApprovalMode),
        st.lists(STAGES, max_size=2).map(tuple),
    ),
    AuthenticationContextRule: st.builds(
        AuthenticationContextRule,
        st.booleans(),
        st.none() | st.integers(1, 99).map("c{}".format) | TEXTS,
    ),
    NotificationRule: st.builds(
        NotificationRule,
        st.sampled_from(NotificationLevel),
        st.booleans(),
        st.lists(TEXTS, max_size=3).map(tuple),
    ),
}
RULE_IDS: Final = st.sampled_from(list(RULE_SLOTS))


def rules_of(rule_id: str) -> st.SearchStrategy[Rule]:
    """Rules of the kind that an id is of."""
    return _BY_TYPE[RULE_SLOTS[rule_id].type]


POLICIES: Final = st.fixed_dictionaries({id_: rules_of(id_) for id_ in RULE_SLOTS}).map(Policy)
