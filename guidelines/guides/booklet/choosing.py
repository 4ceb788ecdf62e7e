"""What a reader chose of the book, by the fields of its page: a day, a platform, a topic, and what they ticked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import request
from werkzeug.datastructures import MultiDict

from guidelines.guides.book import Among
from guidelines.guides.editions_pages import day_of
from wiki.people.viewer import today

# More numbers than any book has are no choice.
MOST_TICKED = 1000


@dataclass(frozen=True, slots=True)
class Choice:
    """`asked` is the day as it was typed; without a `day` the `problem` says why."""

    asked: str | None
    day: date | None
    problem: str
    among: Among

    @property
    def as_of(self) -> date | None:
        """The day, if the reader named one."""
        return self.day if self.asked is not None else None

    def filters(self) -> dict[str, str]:
        """The same without ticks, as an address tells it."""
        told = {"platform": self.among.platform, "topic": self.among.topic}
        told["as-of"] = self.asked if self.asked and self.day else ""
        return {name: word for name, word in told.items() if word}


def chosen() -> Choice:
    """What was chosen in this request. Ticks go before filters."""
    fields: MultiDict[str, str] = request.form if request.method == "POST" else request.args
    asked = fields.get("as-of")
    # The form of the page sends its other fields beside a day that was left empty.
    if asked == "" and ("platform" in fields or "topic" in fields):
        asked = None
    day, problem = (today(), "") if asked is None else day_of(asked)
    numbers = sorted({number for number in fields.getlist("pick", int)[:MOST_TICKED] if 0 < number < 2**31})
    # One ticks in the list one sees; its filters then only tell which list to lead back to.
    among = Among(tuple(numbers), fields.get("platform", "")[:100], fields.get("topic", "")[:100])
    return Choice(asked, day, problem, among)
