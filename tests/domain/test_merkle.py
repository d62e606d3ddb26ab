"""The Merkle tree against the recursive definition, and against published vectors."""

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebound.domain.merkle import (
    EMPTY_ROOT,
    CompactRange,
    Node,
    Stretch,
    Subtree,
    Tree,
    fold_peaks,
    leaf_hash,
    node_hash,
    plan_consistency,
    plan_inclusion,
    verify_consistency,
    verify_inclusion,
)

ENTRIES = (
    *("", "00", "10", "2021", "3031", "40414243"),
    *("5051525354555657", "606162636465666768696a6b6c6d6e6f"),
)
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
RFC = "RFC 9162, section 2.1"
VECTORS = "RFC 6962 test vectors of certificate-transparency-go, merkle"
SIZES = st.integers(1, 200)


def leaves(size: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(size)]


def naive_root(hashes: Sequence[bytes]) -> bytes:
    """MTH as it is defined, of leaves that are hashed already."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    middle = 1
    while middle * 2 < len(hashes):
        middle *= 2
    both = naive_root(hashes[:middle]) + naive_root(hashes[middle:])
    return sha256(b"\x01" + both).digest()


def prove(hashes: Sequence[bytes], plan: Sequence[Stretch]) -> list[bytes]:
    return [naive_root(hashes[part.start : part.end]) for part in plan]


@pytest.mark.documented(VECTORS)
def test_the_roots_of_the_published_leaves() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert CompactRange().root == EMPTY_ROOT
    tree = CompactRange()
    for entry, root in zip(ENTRIES, ROOTS, strict=True):
        tree = tree.append(leaf_hash(bytes.fromhex(entry)))
        assert tree.root.hex() == root


@pytest.mark.documented(VECTORS)
def test_a_published_proof() -> None:
    hashes = [leaf_hash(bytes.fromhex(entry)) for entry in ENTRIES]
    path = [one.hex() for one in prove(hashes, plan_inclusion(5, 8))]
    assert path == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@pytest.mark.documented(RFC)
@given(SIZES, SIZES)
def test_leaves_can_be_added_in_any_portions(size: int, portion: int) -> None:
    hashes = leaves(size)
    tree, nodes = CompactRange(), list[Node]()
    for start in range(0, size, portion):
        tree, made = tree.extend(hashes[start : start + portion])
        nodes += made
    assert (tree.size, tree.root) == (size, naive_root(hashes))
    assert len({node.subtree for node in nodes}) == len(nodes) == size - size.bit_count()
    for node in nodes:
        assert node.hash == naive_root(hashes[node.subtree.start : node.subtree.end])


@pytest.mark.documented(RFC)
@given(SIZES, st.data())
def test_a_stretch_is_made_of_complete_subtrees(size: int, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, size - 1))
    parts = list(Stretch(start, size).subtrees())
    edges = [start, *(part.end for part in parts)]
    assert [part.start for part in parts] == edges[:-1]
    assert edges[-1] == size
    assert len(parts) <= 2 * size.bit_length()


@pytest.mark.documented(RFC)
@given(SIZES, st.data())
def test_a_tree_grows_by_complete_subtrees(size: int, data: st.DataObject) -> None:
    hashes = leaves(size)
    start = data.draw(st.integers(0, size))
    tree = CompactRange().extend(hashes[:start])[0]
    for part in Stretch(start, size).subtrees():
        tree = tree.grow(Node(part, naive_root(hashes[part.start : part.end])))
    assert tree == CompactRange().extend(hashes)[0]


@pytest.mark.inferred("a subtree follows the last leaf")
def test_a_tree_does_not_grow_elsewhere() -> None:
    with pytest.raises(ValueError, match="from 2 on is not behind 1"):
        CompactRange(1, (EMPTY_ROOT,)).grow(Node(Subtree(1, 1), EMPTY_ROOT))


@pytest.mark.documented(RFC)
@given(SIZES, st.data())
def test_what_a_proof_needs_folds_from_its_subtrees(size: int, data: st.DataObject) -> None:
    hashes = leaves(size)
    plan = plan_inclusion(data.draw(st.integers(0, size - 1)), size)
    plan += plan_consistency(data.draw(st.integers(1, size)), size)
    for part in plan:
        parts = [naive_root(hashes[one.start : one.end]) for one in part.subtrees()]
        assert fold_peaks(parts) == naive_root(hashes[part.start : part.end])


@pytest.mark.documented(RFC)
@given(SIZES, st.data())
def test_a_leaf_is_proved_at_its_place_alone(size: int, data: st.DataObject) -> None:
    hashes = leaves(size)
    index = data.draw(st.integers(0, size - 1))
    root, path = naive_root(hashes), prove(hashes, plan_inclusion(index, size))
    assert verify_inclusion(index, size, hashes[index], path, root)
    other = data.draw(st.integers(-1, size + 1).filter(lambda at: at != index))
    assert not verify_inclusion(other, size, hashes[index], path, root)
    assert not verify_inclusion(index, size, leaf_hash(b"forged"), path, root)
    assert not verify_inclusion(index, size, hashes[index], [*path, root], root)
    assert not verify_inclusion(index, size, hashes[index], path, leaf_hash(b"forged"))
    for number in range(len(path)):
        forged = [*path[:number], leaf_hash(b"forged"), *path[number + 1 :]]
        assert not verify_inclusion(index, size, hashes[index], forged, root)
        assert not verify_inclusion(
            index, size, hashes[index], path[:number] + path[number + 1 :], root
        )


@pytest.mark.documented(RFC)
@given(SIZES, st.data())
def test_a_tree_is_proved_to_go_on_from_a_smaller_one(size: int, data: st.DataObject) -> None:
    hashes = leaves(size)
    smaller = data.draw(st.integers(1, size))
    first = Tree(smaller, naive_root(hashes[:smaller]))
    second = Tree(size, naive_root(hashes))
    path = prove(hashes, plan_consistency(smaller, size))
    assert verify_consistency(first, second, path)
    forged = Tree(smaller, leaf_hash(b"forged"))
    assert not verify_consistency(forged, second, path)
    assert not verify_consistency(first, Tree(size, leaf_hash(b"forged")), path)
    assert not verify_consistency(first, second, [*path, second.root])
    for number in range(len(path)):
        assert not verify_consistency(first, second, path[:number] + path[number + 1 :])


@pytest.mark.documented(RFC)
@given(st.integers(2, 100), st.data())
def test_no_other_history_leads_to_the_same_tree(size: int, data: st.DataObject) -> None:
    hashes = leaves(size)
    smaller = data.draw(st.integers(1, size))
    changed = data.draw(st.integers(0, smaller - 1))
    other = [*hashes[:changed], leaf_hash(b"forged"), *hashes[changed + 1 :]]
    path = prove(other, plan_consistency(smaller, size))
    first = Tree(smaller, naive_root(hashes[:smaller]))
    assert not verify_consistency(first, Tree(size, naive_root(other)), path)


@pytest.mark.documented(RFC)
@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_what_is_not_in_a_tree_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        plan_inclusion(index, size)


@pytest.mark.documented(RFC)
@pytest.mark.parametrize(("first", "second"), [(0, 3), (4, 3)])
def test_what_is_not_smaller_has_no_proof(first: int, second: int) -> None:
    with pytest.raises(ValueError, match="held against"):
        plan_consistency(first, second)
    assert not verify_consistency(Tree(first, EMPTY_ROOT), Tree(second, EMPTY_ROOT), [])


@pytest.mark.inferred("a size that its peaks do not fit is no tree")
def test_peaks_fit_the_size() -> None:
    with pytest.raises(ValueError, match="peaks"):
        CompactRange(3, (EMPTY_ROOT,))


@pytest.mark.documented(RFC)
def test_a_node_is_no_leaf() -> None:
    left, right = leaves(2)
    assert node_hash(left, right) != leaf_hash(left + right)
    assert node_hash(left, right) == naive_root([left, right])
