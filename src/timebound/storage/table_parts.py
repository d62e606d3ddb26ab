"""What tables are put together from."""

from sqlalchemy import Column, ForeignKeyConstraint

from timebound.storage.columns import BooleanType, InstantColumn, TextType


def text_column(name: str, *, is_optional: bool = False) -> "Column[str]":
    """A text; never null unless said so."""
    return Column(name, TextType, nullable=is_optional)


def instant_column(name: str, *, is_optional: bool = False) -> "Column[object]":
    """An instant; never null unless said so."""
    return Column(name, InstantColumn, nullable=is_optional)


def flag_column(name: str) -> "Column[bool]":
    """Whether something is so."""
    return Column(name, BooleanType, nullable=False)


def of_tenant() -> ForeignKeyConstraint:
    """The row belongs to a tenant that is there."""
    return ForeignKeyConstraint(["tenant_id"], ["tenants.id"])


def of_object(table: str, column: str) -> ForeignKeyConstraint:
    """The column names an object that is there."""
    return ForeignKeyConstraint(
        ["tenant_id", column],
        ["directory_objects.tenant_id", "directory_objects.id"],
        name=f"fk_{table}_{column}",
    )
