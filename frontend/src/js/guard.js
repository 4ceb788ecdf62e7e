// Leaving a page with unsaved words asks first.

export function guardUnsavedWords() {
  for (const form of document.querySelectorAll("form[data-guard]")) guard(form);
}

function guard(form) {
  let unsaved = false;
  form.addEventListener("input", () => { unsaved = true; });
  form.addEventListener("submit", () => { unsaved = false; });
  window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
}
