"""The press: makes a PDF of an order on its standard input, in a process of its own that imports nothing of ours.

It knows no database, no settings and no secrets. What its page shows came with the order, under the addresses that the
page names; it fetches nothing, neither from a network nor from a disk. It tells of each page that it has set.
"""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import os
import re
import resource
import sys
from typing import Any
from urllib.parse import unquote

# Of memory, and of processor time in seconds; whoever waits gives up earlier.
MOST_MEMORY = 3 * 1024**3
MOST_SECONDS = 300
_PAGE = re.compile(r"Page (\d+)$")


class _Told(logging.Handler):
    """Tells of pages on the standard output."""

    def emit(self, record: logging.LogRecord) -> None:
        found = _PAGE.search(record.getMessage())
        if found:
            print("page", found[1], flush=True)


def press(order: dict[str, Any], target: str) -> int:
    """Write the PDF of an order to a file, and return the number of its pages."""
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    came = {order["base"] + path: file for path, file in order["files"].items()}

    class OnlyWhatCame(URLFetcher):
        def fetch(self, url: str, headers: Any = None) -> Any:
            file = came.get(unquote(url))
            if file is None:
                raise ValueError("this did not come with the order")
            return URLFetcherResponse(url, base64.b64decode(file["content"]), {"Content-Type": file["type"]})

    fetcher, fonts = OnlyWhatCame(), FontConfiguration()
    with_fonts = {"base_url": order["base"] + "/", "url_fetcher": fetcher}
    sheet = CSS(string=order["css"], font_config=fonts, **with_fonts)
    page = HTML(string=order["html"], **with_fonts)
    options = {"dpi": 150, "optimize_images": True, "pdf_tags": True}
    document = page.render(stylesheets=[sheet], font_config=fonts, **options)
    document.write_pdf(target, **options)
    return len(document.pages)


def main() -> None:
    """`press.py --try` only finds out whether it could; `press.py FILE` reads an order and writes the file."""
    if sys.argv[1:] == ["--try"]:
        import weasyprint  # noqa: F401

        return
    # Not every system lets a process limit itself so.
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    os.nice(5)
    order = json.load(sys.stdin)
    log = logging.getLogger("weasyprint.progress")
    log.setLevel(logging.INFO)
    log.addHandler(_Told())
    # What it says of style sheets and pictures may hold words of texts, which no log is told.
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    print("pages", press(order, sys.argv[1]), flush=True)


if __name__ == "__main__":
    main()
