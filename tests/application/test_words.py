import pytest

from timebound.application.words import MOST_WORDS, list_search_words, split_words

SPLIT = {
    "hello world": ("hello", "world"),
    "HelloWorld": ("hello", "world"),
    "helloWORLD": ("hello", "world"),
    "HELLOworld": ("helloworld",),
    "HelloWORld": ("hello", "world"),
    "hello.world": ("hello", "world"),
    "hello123world": ("hello", "123", "world"),
    "李四(David Li)": ("李四", "david", "li"),
    "one One": ("one",),
    "?!": (),
}


@pytest.mark.documented("Graph docs, search-query-parameter: how values are cut into words")
@pytest.mark.parametrize(("text", "words"), SPLIT.items())
def test_a_text_is_cut_into_words(text: str, words: tuple[str, ...]) -> None:
    assert split_words(text) == words


@pytest.mark.documented("Graph docs, search-query-parameter: helloworld finds hello-world")
def test_what_symbols_keep_apart_is_found_together() -> None:
    assert list_search_words("hello-world again") == ("hello", "world", "again", "helloworld")


@pytest.mark.inferred("no text costs more than any other")
def test_words_have_a_limit() -> None:
    assert len(list_search_words(" ".join(f"a{n}" for n in range(1_000)))) == MOST_WORDS
