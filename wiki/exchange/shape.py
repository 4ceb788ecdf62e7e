"""From the data of a world file to its entries. Every field is checked by itself here, without the database."""

from __future__ import annotations

import base64
import binascii
import io
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from wiki import kinds
from wiki.access.policy import Role
from wiki.documents import files
from wiki.documents.addresses import RESERVED
from wiki.documents.models import Discovery
from wiki.documents.sharing import REASONS
from wiki.documents.texts import SLUG_LENGTH, TITLE_LENGTH, slug_of
from wiki.exchange.entries import (
    DocumentEntry,
    FileEntry,
    GrantEntry,
    GroupEntry,
    MembershipEntry,
    PersonEntry,
    RoleEntry,
    TermEntry,
    World,
)
from wiki.exchange.fields import Fields, day_of
from wiki.exchange.problems import Notes, did_you_mean
from wiki.people import operations as people
from wiki.people.models import GroupType, Rank
from wiki.people.words import SPOKEN
from wiki.settings import Settings

SECTIONS = ("groups", "people", "platforms", "topics", "documents")
_GROUP_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
_LANG = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?")

Entry = TypeVar("Entry")


def world_of(data: Any, notes: Notes, settings: Settings) -> World:
    """The entries of a file; what is wrong with them is added to the notes."""
    top = Fields(notes, "", {} if data is None else data)
    world = World(
        groups=tuple(_each(top, "groups", _group)),
        people=tuple(_each(top, "people", _person)),
        terms=tuple(_each(top, "platforms", _term("platform"))) + tuple(_each(top, "topics", _term("topic"))),
        documents=tuple(_each(top, "documents", lambda fields: _document(fields, settings))),
    )
    top.done()
    return world


def _each(top: Fields, key: str, make: Callable[[Fields], Entry]) -> Iterator[Entry]:
    for path, value, line in top.items(key):
        fields = Fields(top.notes, path, value, line)
        if not fields.broken:
            yield make(fields)


def _group(fields: Fields) -> GroupEntry:
    entry = GroupEntry(
        path=fields.path,
        id=_group_id(fields, "id"),
        name=_name(fields),
        type=fields.choice("type", list(GroupType), what="a type of group", default=GroupType.UNIT) or GroupType.UNIT,
        parent=fields.text("parent") or None,
        hidden=fields.flag("hidden"),
        timezone=_timezone(fields),
    )
    fields.done()
    return entry


def _group_id(fields: Fields, key: str) -> str:
    value = fields.text(key, required=True)
    if value.strip() and not _GROUP_ID.fullmatch(value):
        fields.wrong(key, "cannot be the id of a group. Use small letters, digits and hyphens, 60 at most.")
    return value


def _name(fields: Fields) -> str:
    name = fields.text("name", required=True, longest=120)
    return " ".join(name.split())


def _timezone(fields: Fields) -> str | None:
    value = fields.text("timezone")
    try:
        return people.check_timezone(value) if value else None
    except people.Refused:
        fields.wrong("timezone", "is not a time zone. Write it as Europe/Lisbon.")
        return None


def _lang(fields: Fields) -> str | None:
    value = fields.text("lang")
    if value and not _LANG.fullmatch(value):
        fields.wrong("lang", "is not a language. Write it as en, pt or pt-BR.")
    return value or None


def _person(fields: Fields) -> PersonEntry:
    entry = PersonEntry(
        path=fields.path,
        email=_email(fields),
        name=_name(fields),
        password=fields.text("password", longest=256) or None,
        staff=fields.flag("staff"),
        active=fields.flag("active"),
        lang=_lang(fields),
        timezone=_timezone(fields),
        languages=_languages(fields),
        can_help=" ".join(fields.text("can_help", longest=400).split()) or None,
        groups=tuple(_memberships(fields)),
        roles=tuple(_roles(fields)),
    )
    fields.done()
    return entry


def _languages(fields: Fields) -> tuple[str, ...] | None:
    spoken = fields.words("languages")
    for path, code in spoken:
        if code not in SPOKEN:
            fields.notes.wrong(path, code, f"is not a language we list. {did_you_mean(code, SPOKEN)}")
    return tuple(dict.fromkeys(code for _, code in spoken)) if fields.has("languages") else None


def _email(fields: Fields) -> str:
    value = fields.text("email", required=True, longest=254)
    try:
        return people.clean_email(value) if value.strip() else value
    except people.Refused:
        fields.wrong("email", "is not an e-mail address. Write it as name@example.org.")
        return value


def _memberships(fields: Fields) -> Iterator[MembershipEntry]:
    for path, value, line in fields.items("groups"):
        if isinstance(value, str):
            yield MembershipEntry(path, value)
            continue
        one = Fields(fields.notes, path, value, line)
        rank = one.choice("rank", list(Rank), what="a rank")
        entry = MembershipEntry(path, one.text("id", required=True), rank, one.day("from"), one.day("to"))
        _check_order(one, entry)
        one.done()
        if entry.group:
            yield entry


def _roles(fields: Fields) -> Iterator[RoleEntry]:
    for path, value, line in fields.items("roles"):
        one = Fields(fields.notes, path, {"role": value} if isinstance(value, str) else value, line)
        name = one.text("role", required=True)
        if name and name not in list(Role):
            place = path if isinstance(value, str) else one.at("role")
            fields.notes.wrong(place, name, f"is not a role. {did_you_mean(name, list(Role))}", one.line_of("role"))
        entry = RoleEntry(path, name, one.day("from"), one.day("to"))
        _check_order(one, entry)
        one.done()
        yield entry


def _check_order(fields: Fields, entry: MembershipEntry | RoleEntry) -> None:
    if entry.starts and entry.ends and entry.ends < entry.starts:
        fields.wrong("to", f"is before {entry.starts}, when it begins. Choose a later day.")


def _term(vocabulary: str) -> Callable[[Fields], TermEntry]:
    def make(fields: Fields) -> TermEntry:
        entry = TermEntry(
            vocabulary=vocabulary,
            slug=_slug(fields, longest=60),
            name=_name(fields),
            description=fields.text("description", longest=400),
            position=int(fields.path.rpartition("[")[2].rstrip("]")),
        )
        fields.done()
        return entry

    return make


def _slug(fields: Fields, *, longest: int = SLUG_LENGTH) -> str:
    value = fields.text("slug", required=True, longest=longest)
    if value.strip() and len(value) <= longest and slug_of(value) != value:
        fields.wrong("slug", f"cannot be an address. Write it as “{slug_of(value)}”.")
    return value


def _document(fields: Fields, settings: Settings) -> DocumentEntry:
    kind = _kind(fields)
    slug = _slug(fields)
    if slug in RESERVED:
        fields.wrong("slug", "is an address of the wiki itself. Choose another one.")
    entry = DocumentEntry(
        path=fields.path,
        kind=kind,
        slug=slug,
        title=fields.text("title", required=True, longest=TITLE_LENGTH),
        body=_body(fields, settings),
        owner=fields.text("owner", required=True),
        status=_status(fields, kind),
        authors=tuple(_authors(fields)),
        lang=_lang(fields) or "en",
        purpose=fields.text("purpose", longest=200),
        parent=fields.text("parent") or None,
        terms=_terms(fields),
        review=fields.day("review"),
        successor=fields.text("successor") or None,
        why=fields.text("why", longest=400),
        columns=dict(_columns(fields, kind)),
        attachments=tuple(_attachments(fields, settings)),
        revisions=tuple(text for _, text in fields.words("revisions", longest=settings.max_text_bytes)),
        grants=tuple(_grants(fields)),
        **_sharing(fields),
    )
    fields.done()
    return entry


def _kind(fields: Fields) -> str:
    fields.text("kind", required=True)
    return fields.choice("kind", kinds.all_kinds(), what="a kind of document", default="") or ""


def _body(fields: Fields, settings: Settings) -> str:
    body = fields.text("body")
    size = len(body.encode(errors="surrogatepass"))
    if size > settings.max_text_bytes:
        fields.wrong(
            "body", f"has {size:,} bytes. Keep it to {settings.max_text_bytes:,}: split it into several documents."
        )
    return body


def _status(fields: Fields, kind: str) -> str:
    statuses = kinds.kind(kind).statuses if kind else ()
    value = fields.text("status")
    if not value or not statuses:
        return statuses[1] if statuses else ""
    return fields.choice("status", statuses, what=f"a status of a {kind}", default=statuses[1]) or ""


def _columns(fields: Fields, kind: str) -> Iterator[tuple[str, Any]]:
    """What the kind itself wants to know. Each of its fields says in words what is wrong."""
    for name, value_of in (kinds.kind(kind).file_fields if kind else {}).items():
        fields.known.add(name)
        if not fields.has(name):
            continue
        try:
            yield name, value_of(fields.data[name])
        except ValueError as error:
            fields.wrong(name, str(error))


def _authors(fields: Fields) -> Iterator[str]:
    one = fields.text("author")
    if one:
        yield people.plain_email(one)
    for _, email in fields.words("authors", longest=254):
        if people.plain_email(email) != people.plain_email(one):
            yield people.plain_email(email)


def _terms(fields: Fields) -> dict[str, tuple[str, ...]]:
    found = {}
    for vocabulary in ("tag", "platform", "topic"):
        words = fields.words(f"{vocabulary}s", longest=60)
        found[vocabulary] = tuple(dict.fromkeys(slug_of(word) for _, word in words))
    return found


def _sharing(fields: Fields) -> dict[str, Any]:
    return {
        "audience": _audience(fields),
        "discovery": fields.choice("discovery", list(Discovery), what="a way to be found", default="stub"),
        "share_line": fields.text("share_line", longest=400),
        "release_title": fields.text("release_title", longest=TITLE_LENGTH),
        "reason": fields.choice("reason", REASONS, what="a reason"),
        "until": fields.day("until"),
        "handling": fields.text("handling") or None,
        "released": bool(fields.flag("released", False)),
    }


def _audience(fields: Fields) -> tuple[str, ...]:
    if not fields.has("audience"):
        fields.known.add("audience")
        return ("service",)
    found = fields.words("audience")
    if not found and isinstance(fields.data["audience"], list):
        fields.wrong("audience", "names nobody. Write who may read it, such as [service].")
    return tuple(_label(word) for _, word in found)


def _label(word: str) -> str:
    prefix, colon, rest = word.partition(":")
    return f"person:{people.plain_email(rest)}" if prefix == "person" and colon else word


def _attachments(fields: Fields, settings: Settings) -> Iterator[FileEntry]:
    for path, value, line in fields.items("attachments"):
        one = Fields(fields.notes, path, value, line)
        name = one.text("name", required=True, longest=files.NAME_LENGTH)
        content = _content(one)
        one.done()
        if name and content is not None and (entry := _checked(one, name, content, settings)):
            yield entry


def _content(one: Fields) -> bytes | None:
    text, encoded = one.text("content"), one.text("base64")
    if bool(text) == bool(encoded):
        if not one.broken:
            one.wrong(
                "content", "and base64 cannot be given both or neither. Give one of them.", one.data.get("name", "")
            )
        return None
    try:
        return text.encode() if text else base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        one.wrong("base64" if encoded else "content", "cannot be read. Encode the file again.", "the content")
        return None


def _checked(one: Fields, name: str, content: bytes, settings: Settings) -> FileEntry | None:
    try:
        file = files.check(name, io.BytesIO(content), limit=settings.max_upload_bytes)
    except files.FileRefused as refused:
        one.wrong("name", f"is refused. {refused}")
        return None
    return FileEntry(one.path, file.name, content)


def _grants(fields: Fields) -> Iterator[GrantEntry]:
    for path, value, line in fields.items("grants"):
        one = Fields(fields.notes, path, value, line)
        person, until = one.text("person", required=True), one.day("until")
        if until is None and not one.broken and day_of(one.data.get("until")) is None and not one.has("until"):
            one.notes.wrong(one.at("until"), None, "is missing. Give the last day.", line)
        one.done()
        if person and until:
            yield GrantEntry(path, people.plain_email(person.removeprefix("person:")), until)
