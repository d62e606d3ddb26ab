"""Hashing secrets: what matches, what does not, and that nothing cheap tells the two apart."""

import pytest

from timebound.identity.hashing import CHEAP, GUARDING, SecretHasher


@pytest.mark.inferred("any of several secrets is good, so that they can be exchanged")
async def test_each_of_several_secrets_matches() -> None:
    hasher = SecretHasher(CHEAP)
    hashes = (hasher.hash("old"), hasher.hash("new"))
    assert await hasher.matches("old", hashes)
    assert await hasher.matches("new", hashes)
    assert not await hasher.matches("other", hashes)


@pytest.mark.inferred("nobody's secret matches nothing, not even the one that is hashed in vain")
@pytest.mark.parametrize("secret", ["", "nobody's secret", "x"])
async def test_without_a_hash_nothing_matches(secret: str) -> None:
    assert not await SecretHasher(CHEAP).matches(secret, ())


@pytest.mark.inferred("a hash that cannot be read is no secret's")
async def test_a_damaged_hash_matches_nothing() -> None:
    assert not await SecretHasher(CHEAP).matches("", ("", "$argon2id$v=19$x"))


@pytest.mark.documented("RFC 9106, 4: argon2id, 64 MiB and 3 passes where memory is short")
async def test_production_hashes_cost_what_is_recommended() -> None:
    made = SecretHasher(GUARDING).hash("secret")
    assert made.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert await SecretHasher(CHEAP).matches("secret", (made,))


class CountingHasher(SecretHasher):
    """It counts the hashes that are computed to compare."""

    compared = 0

    def _is_match(self, secret: str, known: str) -> bool:
        self.compared += 1
        return super()._is_match(secret, known)


@pytest.mark.inferred("a program's secret is long and random: once it matched, a digest knows it")
async def test_a_program_is_recognized_without_its_hash() -> None:
    hasher = CountingHasher(CHEAP)
    hashes = (hasher.hash("old"), hasher.hash("new"))
    assert await hasher.recognizes("new", hashes)
    assert hasher.compared == 2
    assert await hasher.recognizes("new", hashes)
    assert await hasher.recognizes("new", hashes[1:])
    assert hasher.compared == 2
    assert await hasher.matches("new", hashes)
    assert hasher.compared == 4, "people are never known that way"


@pytest.mark.inferred("what was taken away, or never matched, is not known")
async def test_nobody_else_is_recognized() -> None:
    hasher = SecretHasher(CHEAP)
    hashes = (hasher.hash("old"), hasher.hash("new"))
    assert await hasher.recognizes("old", hashes)
    assert not await hasher.recognizes("old", hashes[1:]), "its hash is no more"
    assert not await hasher.recognizes("other", hashes)
    assert not await hasher.recognizes("other", hashes)
    assert not await hasher.recognizes("old", ())
    assert not await hasher.recognizes("nobody's secret", ())
    assert not await hasher.recognizes("nobody's secret", ())


@pytest.mark.inferred("what is known is bounded, and what is shown again and again stays in it")
async def test_the_secret_that_was_not_shown_for_longest_is_forgotten_first() -> None:
    hasher = CountingHasher(CHEAP, most_known=2)
    often, seldom, new = ((hasher.hash(one),) for one in ("often", "seldom", "new"))
    assert await hasher.recognizes("often", often)
    assert await hasher.recognizes("seldom", seldom)
    assert await hasher.recognizes("often", often)
    assert await hasher.recognizes("new", new)
    assert hasher.compared == 3
    assert await hasher.recognizes("often", often)
    assert hasher.compared == 3, "it is known still"
    assert await hasher.recognizes("seldom", seldom)
    assert hasher.compared == 4, "it was forgotten"


@pytest.mark.inferred("who is not there takes as long as who is: one hash is computed in vain")
async def test_nobody_costs_a_hash_as_well() -> None:
    hasher = CountingHasher(CHEAP)
    assert not await hasher.matches("x", ())
    assert not await hasher.recognizes("x", ())
    assert hasher.compared == 2
