"""`@odata.context` as the published answers carry it."""

from timebound.dialects.odata.select import WHOLE, Projection


def format_context(
    root: str, path: str, projection: Projection = WHOLE, *, is_entity: bool = False
) -> str:
    """The context of a list, or of one entity of it.

    `root` is the version's root (`https://host/v1.0`), `path` that of the collection without a
    leading slash (`roleManagement/directory/roleDefinitions`).
    """
    return f"{root}/$metadata#{path}{_format_names(projection)}{'/$entity' if is_entity else ''}"


def format_function_context(root: str, type_name: str) -> str:
    """The context of what a function answers: a collection that is known by its type alone."""
    return f"{root}/$metadata#Collection({type_name})"


def _format_names(projection: Projection) -> str:
    """The names selected, then those expanded with their own in parentheses, which always stand."""
    names = [
        *(projection.names or ()),
        *(
            f"{one.navigation.name}{_format_names(one.projection) or '()'}"
            for one in projection.expansions
        ),
    ]
    return f"({','.join(names)})" if names else ""
