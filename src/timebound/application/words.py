"""The words of a text, by which a search finds it."""

import re
from typing import Final

MOST_WORDS: Final = 100
LONGEST_WORD: Final = 100
_RUN: Final = re.compile(r"[^\W_]+")
_PART: Final = re.compile(r"\d+|[^\W\d_]+")
_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


def split_words(text: str) -> tuple[str, ...]:
    """The words in lower case, each once: cut at blanks, symbols, digits and capitals after small.

    Source: Graph docs, search-query-parameter.
    """
    found = (
        word.lower()[:LONGEST_WORD]
        for run in _RUN.findall(text)
        for part in _PART.findall(run)
        for word in _HUMP.split(part)
    )
    return tuple(dict.fromkeys(found))[:MOST_WORDS]


def list_search_words(text: str) -> tuple[str, ...]:
    """The words that a text is found by: its own, and those that only symbols keep apart, joined.

    Source: Graph docs, search-query-parameter: `helloworld` finds `hello-world`.
    """
    joined = (
        "".join(runs).lower()[:LONGEST_WORD]
        for piece in text.split()
        if len(runs := _RUN.findall(piece)) > 1
    )
    return tuple(dict.fromkeys([*split_words(text), *joined]))[:MOST_WORDS]
