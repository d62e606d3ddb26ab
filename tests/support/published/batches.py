"""The parts of a batch and their answers, as if each had come alone."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx

from tests.support.published.exchange import Exchange
from tests.support.published.operations import VERSIONED

BATCH = re.compile(r"/(?P<version>v1\.0|beta)/\$batch/?", re.IGNORECASE)
ORIGIN = re.compile(r"https?://[^/?#]*", re.IGNORECASE)


def is_batch(request: httpx.Request) -> bool:
    """Whether a request is a batch."""
    return request.method == "POST" and BATCH.fullmatch(request.url.path) is not None


def read_parts(request: httpx.Request, response: httpx.Response) -> Iterator[Exchange]:
    """What was asked and answered in each place; documents and refused URLs have no type."""
    found = BATCH.fullmatch(request.url.path)
    assert found is not None
    asked = {one["id"]: one for one in json.loads(request.content)["requests"]}
    answer = response.json()
    assert answer.keys() == {"responses"}
    assert sorted(one["id"] for one in answer["responses"]) == sorted(asked)
    for one in answer["responses"]:
        assert one.keys() == {"id", "status", "headers", "body"}
        if not isinstance(one["body"], str):
            yield _read_part(found["version"], asked[one["id"]], one)


def _read_part(version: str, asked: dict[str, Any], answer: dict[str, Any]) -> Exchange:
    url = str(asked.get("url", ""))
    path, is_absolute = ORIGIN.subn("", url, count=1)
    if not (is_absolute and VERSIONED.match(path)):
        path = f"/{version}/{url.lstrip('/')}"
    return Exchange(
        method=str(asked.get("method", "")).upper(),
        path=path,
        status=answer["status"],
        headers={name.lower(): text for name, text in answer["headers"].items()},
        body=answer["body"],
    )
