"""Places where something is kept back by other means than the filters, each with the words that undo it.

`mutations` takes them away like the others: the function is compiled anew with `words` in the place of `before`.
"""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass
from types import ModuleType


@dataclass(frozen=True, slots=True, order=True)
class Words:
    """A place by what stands there. `name` says what it is, in the list."""

    module: str
    function: str
    name: str
    before: str
    words: str

    def __str__(self) -> str:
        return f"{self.module}.{self.function}: {self.name}"

    @property
    def has_net(self) -> bool:
        """The net stays while this is away: what is kept back here is nothing that it would hold."""
        return True

    def source(self, module: ModuleType) -> ast.AST:
        """The module with the other words."""
        text = inspect.getsource(module)
        assert self.before in text, f"{self}: other words stand there now"
        return ast.parse(text.replace(self.before, self.words))


def _net(table: str, condition: str) -> Words:
    before = f"with_loader_criteria({table}, {condition}, include_aliases=True)"
    words = f"with_loader_criteria({table}, true(), include_aliases=True)"
    return Words("wiki.documents.visibility", "_only_what_the_viewer_sees", f"the net, {table}", before, words)


_OF_DOCUMENTS = ("Revision", "Attachment", "Comment", "Passage")
BY_HAND = (
    Words("search.whoosh_search", "_allowed", "labels in the index",
          'leaf.union(f"label:{key}" for key in keys) & leaf.alive()', "leaf.alive()"),
    Words("search.whoosh_search", "_allowed", "labels of the document around a passage",
          'leaf.union(f"within:{key}" for key in keys)', "leaf.alive()"),
    Words("search.postgres_search", "readable", "labels in the statement",
          "s.c.labels.overlap(held) & (s.c.within.is_(None) | s.c.within.overlap(held))", "s.c.document > 0"),
    *(_net(table, f"_belongs_to_visible(viewer, {table})") for table in _OF_DOCUMENTS),
    _net("Document", "visible_to(viewer)"),
    _net("PassageText", "of_readable_passage(viewer)"),
    _net("Stub", "stubs_for(viewer)"),
    Words("wiki.documents.sharing", "told_labels", "authors of a text that names none",
          "authors if document.names_authors else authors & {viewer.public_id}", "authors"),
    Words("wiki.documents.shown", "find", "the name of a hidden group that keeps it",
          "closed = is_hidden and group not in viewer.groups", "closed = False"),
    Words("wiki.documents.addresses", "_is_seen", "an address that something hidden has",
          "if readable(viewer.keys, document.item.labels):", "if True:"),
    Words("guidelines.platforms.views", "_for_the_service", "facts for the service alone",
          "if not policy.readable(guard.viewer().keys, (SERVICE,)):", "if False:"),
    Words("guidelines.starting.views", "card", "facts for the service alone",
          "if task.platform and viewer.is_staff else None", "if task.platform else None"),
    Words("wiki.documents.kept", "_around", "whose page is kept", "return g.viewer, str", "return None, str"),
    Words("wiki.notices.inbox", "lines", "notices of one's own", "Notice.person_id == viewer.person", "Notice.id > 0"),
    Words("wiki.notices.inbox", "find", "notices of one's own", "Notice.person_id == viewer.person", "Notice.id > 0"),
    Words("wiki.asking.desk", "mine", "requests of one's own",
          "AccessRequest.person_id == viewer.person", "AccessRequest.id > 0"),
    Words("wiki.asking.desk", "find_mine", "requests of one's own",
          "AccessRequest.person_id == viewer.person", "AccessRequest.id > 0"),
    Words("wiki.asking.desk", "open_for", "requests of one's own",
          "AccessRequest.person_id == viewer.person", "AccessRequest.id > 0"),
    Words("wiki.asking.telling", "_to_askers", "requests of one's own",
          "AccessRequest.person_id == viewer.person", "AccessRequest.id > 0"),
    Words("wiki.security.log", "of_my_own", "rows of one's own",
          "AuditEvent.actor_id == viewer.person", "AuditEvent.id > 0"),
    Words("guidelines.guides.booklet.making", "_of", "booklets of one's own",
          "Booklet.person_id == viewer.person", "Booklet.id > 0"),
    Words("guidelines.guides.booklet.making", "fetch", "whether it is still the same for its reader",
          "and _order(session, viewer, booklet).digest == booklet.digest", ""),
    Words("guidelines.guides.booklet.gathering", "gather", "what is marked RED", "if entry.stays:", "if False:"),
    Words("guidelines.guides.booklet.gathering", "gather", "older words that are held by now",
          "and not _is_open(session, viewer, guideline, revision)", "and False"),
    Words("wiki.holding.viewing", "_open", "what both can see",
          "shown.both(_around(viewer, *here), _around(told, *here))", "_around(told, *here)"),
)  # fmt: skip
