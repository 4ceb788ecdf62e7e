"""A text in plain words, for readers who look at what changed."""

from __future__ import annotations

import pytest

from wiki.markdown import spoken

TEXT = """::: rule MUST {#b-k3x9a}
Call the **desk**, then see [[playbook:crisis-first-hour]] or [the list](https://example.org/a).
:::

## First hour

::: sixty-seconds
Stop the *queue*.
:::

- [ ] One
- [x] Two
- Three \\* four

| When | Who |
|:-----|----:|
| Now  | You |

> ::: dont Never this
> - Argue
> :::

```
::: rule stays as it is {#b-code1}
```
[[held:abcdefgh2345]]
::: held abcdefgh2345 audience="group:x" reason=source
::: note
A source.
:::
:::
Open again.
"""
SAID = """Rule: MUST
Call the desk, then see crisis first hour or the list (https://example.org/a).

First hour

In one minute
Stop the queue.

☐ One
☑ Two
• Three * four

When | Who
Now | You

Don't: Never this
• Argue

::: rule stays as it is {#b-code1}
Passage held back
Held back from here
Note
A source.
Held back up to here
Open again.
"""


def test_marks_are_said_in_words_and_ids_left_out() -> None:
    assert spoken(TEXT) == SAID


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("::: rule", "Règle"),
        ("::: nothing known", "::: nothing known"),
        ("2 * 3 * 4 and snake_case_name", "2 * 3 * 4 and snake_case_name"),
        ("`[[slug]] **x**`", "[[slug]] **x**"),
        ("[[slug|words]]", "words (slug)"),
        ("---", ""),
        ("-", "-"),
    ],
)
def test_what_is_no_mark_stays(line: str, said: str) -> None:
    assert spoken(line, "fr") == said


@pytest.mark.parametrize("piece", ["[](", "**a", "`", "[[", "|", "- ", "*_", "\\", "> ", "{#b-", "|--"])
def test_no_line_takes_more_than_its_length(piece: str) -> None:
    """A pattern that tries again and again would not come back from this."""
    assert spoken(piece * 60_000) is not None
