"""Whatever is written into the log can be read there in words."""

from __future__ import annotations

import re
from pathlib import Path

from wiki.security.words import EVENTS

ROOT = Path(__file__).resolve().parents[2]
RECORDED = re.compile(r"\b(?:record|record_once|note)\(\s*\w+,\s*f?\"([a-z{}()_ -]+[:.][a-z-]+)\"")


def test_every_event_has_its_words() -> None:
    sources = [path for name in ("wiki", "guidelines", "training", "search") for path in (ROOT / name).rglob("*.py")]
    codes = {code for path in sources for code in RECORDED.findall(path.read_text(encoding="utf-8"))}
    assert len(codes) > 30, "the control: the codes are found"
    made_of_two = {code for code in codes if "{" in code}
    assert {code for code in codes - made_of_two if code not in EVENTS} == set()
    for code in made_of_two:
        assert any(known.endswith(code[-6:]) for known in EVENTS), code
