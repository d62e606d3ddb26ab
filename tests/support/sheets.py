"""Pages as somebody reads them who has no JavaScript: words, forms, links."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

_SILENT: Final = ("script", "style", "title")


@dataclass(slots=True)
class Form:
    """A form of a page: where it goes, and what its fields hold."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    button: str = ""


class Sheet(HTMLParser):
    """A page as it is read: its words, its forms, its links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: dict[str, str] = {}
        self.words = ""
        self._open: list[str] = []
        self._link = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes forms, fields and links."""
        named = {name: value or "" for name, value in attrs}
        self._open.append(tag)
        if tag == "form":
            self.forms.append(Form(named.get("action", "")))
        if tag == "input" and named.get("type") != "checkbox":
            self.forms[-1].fields[named["name"]] = named.get("value", "")
        if tag == "button" and "name" in named:
            self.forms[-1].fields.setdefault(named["name"], named.get("value", ""))
        if tag == "a":
            self._link = named.get("href", "")

    def handle_endtag(self, tag: str) -> None:
        """Closes what is open."""
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Notes what is written, and on which button or link."""
        if not data.strip() or (self._open[-1:] and self._open[-1] in _SILENT):
            return
        self.words += f" {data.strip()}"
        if "button" in self._open and self.forms:
            self.forms[-1].button += data.strip()
        if "a" in self._open:
            self.links[data.strip()] = self._link

    def form(self, name: str) -> Form:
        """The form that has a field of this name."""
        return next(one for one in self.forms if name in one.fields)
