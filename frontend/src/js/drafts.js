// Words being written are kept on this device, only where the page's sharing allows it, until they are saved.

const PREFIX = "chancery-draft:";
const PAUSE = 800;

export function keepDrafts() {
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-forget-drafts]")) forget(() => true);
  });
  const viewer = document.body.dataset.viewer;
  if (!viewer) return;
  forget((key) => !key.startsWith(`${PREFIX}${viewer}:`));
  forgetSaved(viewer);
  for (const form of document.querySelectorAll("form[data-keep-draft][data-keep-locally]")) keep(form, keyOf(form, viewer));
}

function keep(form, key) {
  let timer;
  const write = () => store(key, {at: Date.now(), words: wordsIn(form)});
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(write, PAUSE);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    store(key, {at: Date.now(), words: wordsIn(form), sent: true});
  });
  const draft = load(key);
  if (draft && differs(form, draft.words)) offer(form, key, draft);
}

function offer(form, key, draft) {
  const box = document.getElementById("draft-offer")?.content.cloneNode(true).firstElementChild;
  if (!box) return;
  const when = new Intl.DateTimeFormat(document.documentElement.lang, {dateStyle: "medium", timeStyle: "short", numberingSystem: "latn"});
  box.querySelector("time").textContent = when.format(draft.at);
  box.querySelector("[data-restore]").addEventListener("click", () => {
    putBack(form, draft.words);
    box.remove();
  });
  box.querySelector("[data-discard]").addEventListener("click", () => {
    localStorage.removeItem(key);
    box.remove();
  });
  form.before(box);
}

function putBack(form, words) {
  const fields = writtenFields(form);
  for (const field of fields) if (field.name in words) field.value = words[field.name];
  fields[0]?.dispatchEvent(new Event("input", {bubbles: true}));
  fields.find((field) => field.name in words)?.focus();
}

// A draft that was sent is done with once the server has answered with an ordinary page that no longer holds its form.
function forgetSaved(viewer) {
  const open = [...document.querySelectorAll("form[data-keep-draft]")].map((form) => keyOf(form, viewer));
  const saved = [...document.querySelectorAll("[data-saved-draft]")].map((mark) => `${PREFIX}${viewer}:${mark.dataset.savedDraft}`);
  const troubled = "error" in document.body.dataset;
  forget((key) => saved.includes(key) || (!troubled && !open.includes(key) && load(key)?.sent));
}

function forget(wanted) {
  withStorage(() => {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
    keys.filter(wanted).forEach((key) => localStorage.removeItem(key));
  });
}

function differs(form, words) {
  return writtenFields(form).some((field) => field.name in words && field.value !== words[field.name]);
}

function wordsIn(form) {
  return Object.fromEntries(writtenFields(form).map((field) => [field.name, field.value]));
}

function writtenFields(form) {
  return [...form.querySelectorAll("textarea[name], input[type=text][name]")];
}

const keyOf = (form, viewer) => `${PREFIX}${viewer}:${form.dataset.keepDraft}`;
const store = (key, draft) => withStorage(() => localStorage.setItem(key, JSON.stringify(draft)));
const load = (key) => withStorage(() => JSON.parse(localStorage.getItem(key)));

// Storage may be full or switched off; writing must go on all the same.
function withStorage(action) {
  try {
    return action();
  } catch {
    return null;
  }
}
