"""The lock installs anywhere: it names the public index and no other host."""

import re

from tests.support.planting import ROOT

PUBLIC = {"pypi.org", "files.pythonhosted.org"}


def test_lock_names_only_the_public_index() -> None:
    hosts = set(re.findall(r"https?://([^/\"]+)", (ROOT / "uv.lock").read_text(encoding="utf-8")))
    assert hosts == PUBLIC


def test_project_needs_no_index_of_its_own() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert set(re.findall(r"https?://([^/\"]+)", text)) <= PUBLIC
