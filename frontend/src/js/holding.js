// Puts the lines that hold back a passage around the words that are marked in the text.
export function holdMarkedWords() {
  for (const button of document.querySelectorAll("button[data-hold]")) {
    const text = button.form?.elements.body;
    if (!text) continue;
    button.hidden = false;
    button.addEventListener("click", () => hold(text, button.dataset.hold));
  }
}

// A passage is made of whole lines: half a marked line goes with the rest of it.
function hold(text, opening) {
  const {value, selectionStart, selectionEnd} = text;
  const from = value.lastIndexOf("\n", selectionStart - 1) + 1;
  const next = value.indexOf("\n", selectionEnd > from ? selectionEnd - 1 : selectionEnd);
  const to = next < 0 ? value.length : next;
  const before = from > 0 && !value.slice(0, from).endsWith("\n\n") ? "\n" : "";
  text.setRangeText(`${before}${opening}\n${value.slice(from, to)}\n:::\n`, from, to, "start");
  text.dispatchEvent(new Event("input", {bubbles: true}));
  text.focus();
  // The audience comes first to be looked at.
  const audience = text.value.indexOf('audience="', from) + 'audience="'.length;
  text.setSelectionRange(audience, text.value.indexOf('"', audience));
}
