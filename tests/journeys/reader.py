"""A person at a browser without scripts: opens pages, follows links by their words, fills in forms and presses buttons.

It sends what the form on the page holds, as a browser would, so a page that forgets a field fails here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from werkzeug.test import TestResponse

from tests.people import World


class Reader:
    """One person; `answer` is the page they are on."""

    def __init__(self, world: World, who: str | None) -> None:
        self.client = world.client(who)
        self.answer: TestResponse
        self._parsed: tuple[TestResponse, Element] | None = None
        self.path = "/"

    def open(self, path: str) -> Reader:
        """Go to an address, following redirects."""
        return self._arrive(self.client.get(path, follow_redirects=True, buffered=True))

    def _arrive(self, answer: TestResponse) -> Reader:
        self.answer, self.path = answer, answer.request.full_path.rstrip("?")
        return self

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def words(self) -> str:
        """What the page says, without its markup."""
        body = self._tree().find(".//main")
        return " ".join("".join((body if body is not None else self._tree()).itertext()).split())

    def links(self) -> dict[str, str]:
        """Words and addresses of the links on the page."""
        return {_text(link): link.get("href", "") for link in self._tree().iter("a")}

    def follow(self, words: str) -> Reader:
        """Follow the link with these words."""
        links = self.links()
        assert words in links, f"no link “{words}” on {self.path}: {sorted(links)}"
        return self.open(links[words])

    def press(self, label: str, **fields: Any) -> Reader:
        """Fill in fields of the form that has this button, and press it."""
        form, button = self._form_with(label)
        data = _held(form)
        for name, value in fields.items():
            assert name in _names(form), f"the form on {self.path} has no field {name}"
            data[name] = value
        if button.get("name"):
            data[str(button.get("name"))] = button.get("value", "")
        action = form.get("action") or self.path
        send = self.client.post if form.get("method") == "post" else self.client.get
        how = "data" if form.get("method") == "post" else "query_string"
        return self._arrive(send(action, **{how: data}, follow_redirects=True, buffered=True))

    def field(self, name: str) -> Any:
        """What a field of the page's forms holds now."""
        held = [_held(form) for form in self._tree().iter("form")]
        return next(data[name] for data in held if name in data)

    def beside(self, name: str) -> str:
        """The message beside a field or in its group of choices; empty when there is none."""
        for part in self._tree().iter():
            if part.get("id") == f"{name}-error":
                return _text(part)
            if part.get("id") == name:
                inside = [_text(below) for below in part.iter("p") if "err" in below.get("class", "").split()]
                if inside:
                    return inside[0]
        return ""

    def _form_with(self, label: str) -> tuple[Element, Element]:
        for form in self._tree().iter("form"):
            for button in form.iter("button"):
                if _text(button) == label:
                    return form, button
        raise AssertionError(f"no button “{label}” on {self.path} ({self.status}): {self.words[:300]}")

    def _tree(self) -> Element:
        if self._parsed is None or self._parsed[0] is not self.answer:
            tree = html5lib.parse(self.answer.text, treebuilder="etree", namespaceHTMLElements=False)
            self._parsed = (self.answer, tree)
        return self._parsed[1]


def _text(element: Element) -> str:
    return re.sub(r"\s+", " ", "".join(element.itertext())).strip()


def _names(form: Element) -> set[str]:
    return {part.get("name", "") for tag in ("input", "textarea", "select") for part in form.iter(tag)}


def _held(form: Element) -> dict[str, Any]:
    """What a browser would send of a form that nobody touched."""
    data: dict[str, Any] = {}
    for name, value in _controls(form):
        data.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in data.items()}


def _controls(form: Element) -> Iterator[tuple[str, str]]:
    for part in form.iter():
        name, kind = part.get("name"), part.get("type", "text")
        if not name:
            continue
        if part.tag == "textarea":
            yield name, (part.text or "").removeprefix("\n")
        elif part.tag == "select":
            yield name, _chosen(part)
        elif part.tag == "input" and _is_sent(part, kind):
            yield name, part.get("value", "on" if kind == "checkbox" else "")


def _is_sent(part: Element, kind: str) -> bool:
    if kind in ("file", "submit"):
        return False
    return kind not in ("checkbox", "radio") or part.get("checked") is not None


def _chosen(select: Element) -> str:
    options = list(select.iter("option"))
    marked = [option for option in options if option.get("selected") is not None] or options[:1]
    return marked[0].get("value", "") if marked else ""
