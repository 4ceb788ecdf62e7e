// Words being written are kept on this device, only where the page's sharing allows it, until they are saved.

const PREFIX = "chancery-draft:";
const PAUSE = 800;
// Windows of one browser answer each other within a few milliseconds.
const PATIENCE = 250;
const ASKED = "asked";
const ANSWERED = "answered";

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
  let isWriting = false;
  const write = (more) => (heldBack(form) ? drop(key) : store(key, {at: Date.now(), words: wordsIn(form), ...more}));
  form.addEventListener("input", () => {
    isWriting = true;
    clearTimeout(timer);
    timer = setTimeout(write, PAUSE, {});
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    write({sent: true});
  });
  const windows = otherWindows(key);
  windows?.addEventListener("message", ({data}) => data === ASKED && isWriting && windows.postMessage(ANSWERED));
  const draft = load(key);
  if (draft && differs(form, draft.words)) offerAtRest(form, key, draft, windows);
}

// Words that another window is writing at this moment were not left behind.
function offerAtRest(form, key, draft, windows) {
  const late = setTimeout(() => offer(form, key, draft), PATIENCE);
  const tell = ({data}) => {
    if (data !== ANSWERED) return;
    clearTimeout(late);
    windows.removeEventListener("message", tell);
    const box = copyOf("draft-elsewhere");
    if (box) form.before(box);
  };
  windows?.addEventListener("message", tell);
  windows?.postMessage(ASKED);
  setTimeout(() => windows?.removeEventListener("message", tell), PATIENCE);
}

const otherWindows = (key) => ("BroadcastChannel" in window ? new BroadcastChannel(key) : null);
const copyOf = (id) => document.getElementById(id)?.content.cloneNode(true).firstElementChild;

function offer(form, key, draft) {
  const box = copyOf("draft-offer");
  if (!box) return;
  box.querySelector("time").textContent = moment(draft.at);
  box.querySelector("[data-restore]").addEventListener("click", () => {
    putBack(form, draft.words);
    box.remove();
  });
  box.querySelector("[data-discard]").addEventListener("click", () => {
    drop(key);
    box.remove();
  });
  form.before(box);
}

// As all moments on our pages: the day before the month, 24 hours, on the clock of the reader's profile.
function moment(at) {
  const {lang} = document.documentElement;
  const pattern = {day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", numberingSystem: "latn"};
  const write = (more) => new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, {...pattern, ...more}).format(at);
  try {
    return write({timeZone: document.body.dataset.zone || undefined});
  } catch {
    return write({});
  }
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

// Whoever chooses fewer readers or a handling mark while they write keeps nothing on the device from then on.
function heldBack(form) {
  const audience = form.querySelector("[name=audience]:checked");
  const passage = [...form.querySelectorAll("textarea")].some(({value}) => /^\s*:{2,}\s*held/im.test(value));
  return Boolean((audience && audience.value !== "service") || form.querySelector("[name=handling]")?.value || passage);
}

const keyOf = (form, viewer) => `${PREFIX}${viewer}:${form.dataset.keepDraft}`;
const drop = (key) => withStorage(() => localStorage.removeItem(key));
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
