"""Rules of policies as operators write them: the names of the domain, exactly and in full."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import msgspec

from timebound.control.calls import BAD, GUID, RefusedError
from timebound.domain.ids import PrincipalId
from timebound.domain.policies import RULE_SLOTS, Rule
from timebound.domain.policies.approval import ApprovalRule, Approver

_NAME: Final = re.compile("[a-z]+(?:[A-Z][a-z]*)*")
_GUID: Final = re.compile(GUID)
_HUMP: Final = re.compile("([A-Z])")
_JOINT: Final = re.compile("_([a-z])")


def read_rules(sent: Mapping[str, Any]) -> Mapping[str, Rule]:
    """The rules by their ids; whatever would be ignored is refused with its name."""
    return {id_: _read_rule(id_, document) for id_, document in sent.items()}


def _read_rule(id_: str, sent: object) -> Rule:
    slot = RULE_SLOTS.get(id_)
    if slot is None:
        raise _refuse(f"`rules/{id_[:80]}` is no rule of a policy.")
    try:
        known = _rename(sent, f"rules/{id_}")
        rule: Rule = msgspec.convert(known, slot.type)
    except (ValueError, OverflowError) as error:
        said = _JOINT.sub(lambda found: found[1].upper(), str(error))
        raise _refuse(f"`rules/{id_}`: {said}.") from error
    unread = next(_find_unread(known, msgspec.to_builtins(rule), f"rules/{id_}"), None)
    if unread is not None:
        raise _refuse(f"`{_JOINT.sub(lambda found: found[1].upper(), unread)}` is not known.")
    return _fold_ids(rule, f"rules/{id_}") if isinstance(rule, ApprovalRule) else rule


def _fold_ids(rule: ApprovalRule, path: str) -> ApprovalRule:
    """The rule with the ids of approvers as they are kept; in any casing they are the same."""
    stages = tuple(
        replace(
            stage,
            primary=_fold(stage.primary, f"{path}/stages/{number}/primary"),
            escalation=_fold(stage.escalation, f"{path}/stages/{number}/escalation"),
        )
        for number, stage in enumerate(rule.stages)
    )
    return replace(rule, stages=stages)


def _fold(approvers: tuple[Approver, ...], path: str) -> tuple[Approver, ...]:
    return tuple(
        replace(one, id=_read_id(one.id, f"{path}/{number}/id"))
        for number, one in enumerate(approvers)
    )


def _read_id(sent: str | None, path: str) -> PrincipalId | None:
    if sent is None:
        return None
    if _GUID.fullmatch(sent) is None:
        raise _refuse(f"`{path}` is no id.")
    return PrincipalId(sent.lower())


def _rename(sent: Any, path: str) -> Any:  # noqa: ANN401 - what JSON can hold
    if isinstance(sent, list):
        return [_rename(one, f"{path}/{number}") for number, one in enumerate(sent)]
    if not isinstance(sent, dict):
        return sent
    for name in sent:
        if _NAME.fullmatch(name) is None:
            raise _refuse(f"`{path}/{name[:80]}` is not known.")
    return {
        _HUMP.sub(r"_\1", name).lower(): _rename(one, f"{path}/{name}")
        for name, one in sent.items()
    }


def _find_unread(sent: Any, read: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - what JSON can hold
    if isinstance(sent, dict):
        for name, one in sent.items():
            if name in read:
                yield from _find_unread(one, read[name], f"{path}/{name}")
            else:
                yield f"{path}/{name}"
    elif isinstance(sent, list):
        for number, (one, other) in enumerate(zip(sent, read, strict=True)):
            yield from _find_unread(one, other, f"{path}/{number}")


def _refuse(message: str) -> RefusedError:
    return RefusedError(BAD, "InvalidBody", f"The body cannot be read: {message}")
