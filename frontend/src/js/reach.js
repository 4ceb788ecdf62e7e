// What a page puts within reach: search by the slash key, the first error, the answers on a phone.

export function searchOnSlash() {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const box = [...document.querySelectorAll("form.find input")].find((input) => input.checkVisibility?.() ?? true);
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  });
}

export function focusWhatMatters() {
  document.querySelector("[data-focus]")?.focus();
}

// On a phone the answers come first; what narrows them down opens on demand.
export function foldFacetsOnPhones() {
  if (!matchMedia("(max-width: 61.99rem)").matches) return;
  for (const facet of document.querySelectorAll("details.facet[open]")) facet.open = Boolean(facet.querySelector("[aria-current]"));
}

function isTyping(element) {
  return element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);
}
