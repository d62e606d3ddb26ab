"""What clients send with questions about the directory."""

from typing import Annotated, TypeAlias

import msgspec

_Id: TypeAlias = Annotated[str, msgspec.Meta(max_length=128)]


class CheckMemberGroups(msgspec.Struct, rename="camel"):
    """The groups in question."""

    group_ids: list[_Id] | None = None


class CheckMemberObjects(msgspec.Struct, rename="camel"):
    """The groups, units and roles in question."""

    ids: list[_Id] | None = None


class GetMembers(msgspec.Struct, rename="camel"):
    """Whether groups of mail alone are left out."""

    security_enabled_only: bool | None = None


class GetByIds(msgspec.Struct, rename="camel"):
    """The ids to look up, and the kinds that are wanted."""

    ids: list[_Id] | None = None
    types: list[_Id] | None = None


class ActivateRole(msgspec.Struct, rename="camel"):
    """The role that is to be activated."""

    role_template_id: _Id | None = None
