// Keyboard reach: the slash key and the first error.

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

function isTyping(element) {
  return element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);
}
