"""What errors call whoever asks."""

from timebound.dialects.arm.call import Call


async def name_client(call: Call) -> str:
    """A person by their user principal name, anybody else by their object id."""
    id_ = call.token.principal_id
    found = await call.ports.store.find_objects(call.token.tenant_id, [id_])
    known = found.get(id_)
    return (known.user_principal_name if known else None) or id_
