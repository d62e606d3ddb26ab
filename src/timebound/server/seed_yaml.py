"""YAML with positions: plain data, and the line and column of every value in it."""

from dataclasses import dataclass
from typing import TypeAlias

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Path: TypeAlias = tuple[str | int, ...]
"""Keys and indices that lead from the document to a value."""

Position: TypeAlias = tuple[int, int]
"""Line and column, both counted from one."""


class YamlError(ValueError):
    """Text that is not one YAML document; `position` is where that shows, if it can be told."""

    def __init__(self, problem: str, position: Position | None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.position = position


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """A document as plain data, with the nodes it was made from."""

    data: object
    root: Node | None

    def position(self, path: Path) -> Position:
        """Where the value at `path` begins, or the closest value around it that is there."""
        node = self.root
        mark = None if node is None else node.start_mark
        for step in path:
            node, mark = _follow(node, step, mark)
        return (1, 1) if mark is None else (mark.line + 1, mark.column + 1)


def read_yaml(text: str) -> YamlDocument:
    """Parses one document; refuses a key given twice, of which YAML would keep the last."""
    try:
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            data = None if root is None else loader.construct_document(root)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        position = None if mark is None else (mark.line + 1, mark.column + 1)
        raise YamlError(error.problem or "not YAML", position) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise YamlError("not YAML that can be read", None) from error
    return YamlDocument(data, root)


class _Loader(yaml.SafeLoader):
    """Plain data only, without repeated keys and without dates made of what looks like one."""

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[object, object]:  # noqa: FBT001, FBT002 - PyYAML's
        """A mapping whose keys are all different; raises ConstructorError otherwise."""
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, ScalarNode):
                continue
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key `{key.value}` is given twice", key.start_mark
                )
            seen.add(key.value)
        return dict(super().construct_mapping(node, deep=deep))


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _follow(
    node: Node | None, step: str | int, mark: yaml.Mark | None
) -> tuple[Node | None, yaml.Mark | None]:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if key.value == step:
                return value, key.start_mark
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step].start_mark
    return None, mark
