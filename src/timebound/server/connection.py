"""The connection file: everything a client needs to begin, for those who may read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from timebound.server.config import Origin, Role
from timebound.server.files import OWNER_ONLY, write_file
from timebound.server.origins import find_urls
from timebound.server.seed_format import Seed
from timebound.server.seed_ids import SeedIds, collect_ids


class UserEntry(msgspec.Struct, frozen=True, rename="camel"):
    """A person to sign in as."""

    user_principal_name: str
    id: str
    password: str | None
    roles: tuple[str, ...]


class ApplicationEntry(msgspec.Struct, frozen=True, rename="camel"):
    """An application to ask for tokens with."""

    display_name: str
    client_id: str
    client_secret: str | None
    kind: str


class Connection(msgspec.Struct, frozen=True, rename="camel"):
    """The file's content, with the names that clients read."""

    graph_url: str | None
    arm_url: str | None
    authority: str
    tenant_id: str | None
    ca_bundle: str | None
    public_ca_bundle: str | None
    portal_url: str | None
    control_url: str | None
    control_token: str | None
    users: tuple[UserEntry, ...]
    applications: tuple[ApplicationEntry, ...]
    subscription_id: str | None


@dataclass(frozen=True, slots=True)
class Trust:
    """The certificates that clients have to trust: for the origins, and for the public names."""

    own: Path | None
    public: Path | None


def describe_connection(
    origins: Sequence[Origin], seed: Seed | None, trust: Trust, control_token: str | None
) -> Connection:
    """What clients of this server have to know; people and programs are those of the seed.

    For each role the first origin that has it is named, of those that are not public names.
    """
    first = origins[0]
    ids = None if seed is None else collect_ids(seed)
    subscriptions = () if seed is None else seed.tenant.subscriptions
    return Connection(
        graph_url=_find(origins, Role.GRAPH),
        arm_url=_find(origins, Role.ARM),
        authority=_find(origins, Role.AUTHORITY) or first.url,
        tenant_id=None if seed is None else seed.tenant.id,
        ca_bundle=_name(trust.own),
        public_ca_bundle=_name(trust.public),
        portal_url=_find(origins, Role.PORTAL),
        control_url=None if control_token is None else f"{first.url}/control",
        control_token=control_token,
        users=() if seed is None or ids is None else _users(seed, ids),
        applications=() if seed is None or ids is None else _applications(seed, ids),
        subscription_id=subscriptions[0].id if subscriptions else None,
    )


def _find(origins: Sequence[Origin], role: Role) -> str | None:
    own = [origin for origin in origins if not origin.is_public]
    return next(iter(find_urls(own, role)), None)


def _name(path: Path | None) -> str | None:
    return None if path is None else str(path.resolve())


def write_connection(path: Path, connection: Connection) -> None:
    """Puts the file in place, readable by its owner alone."""
    content = msgspec.json.format(msgspec.json.encode(connection), indent=2)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_file(path, content + b"\n", OWNER_ONLY)


def _users(seed: Seed, ids: SeedIds) -> tuple[UserEntry, ...]:
    return tuple(
        UserEntry(
            user.user_principal_name,
            ids.principals[user.user_principal_name],
            user.password,
            tuple(
                one.role
                for one in seed.assignments
                if one.role is not None
                and one.scope is None
                and one.principal == user.user_principal_name
            ),
        )
        for user in seed.users
    )


def _applications(seed: Seed, ids: SeedIds) -> tuple[ApplicationEntry, ...]:
    return tuple(
        ApplicationEntry(one.display_name, ids.app_id(one), one.client_secret, one.kind.value)
        for one in seed.applications
    )
