// htmx under a strict policy: HTML from our own server may be placed, code in it may never run.
import htmx from "htmx.org";

const refuse = () => { throw new TypeError("Code in pages is not run."); };
const rules = {
  createHTML: (html) => html,
  createScript: (code) => (code.trim() ? refuse() : ""),
};
const policy = window.trustedTypes?.createPolicy("chancery", rules) ?? rules;

htmx.registerExtension("chancery", {
  init: (api) => api.initSecurity(policy, refuse, refuse),
});

// Answers of 422 hold the form with its errors and are placed; other trouble is told beside what was pressed.
document.addEventListener("htmx:response:error", ({target, detail}) => {
  if (detail.ctx.response?.status !== 422) tell(target);
});
document.addEventListener("htmx:error", ({target}) => tell(target));

function tell(element) {
  document.querySelectorAll(".flash.trouble").forEach((old) => old.remove());
  const words = document.getElementById("trouble")?.content.cloneNode(true).firstElementChild;
  if (!words || !(element instanceof Element)) return;
  words.classList.add("trouble");
  (element.closest(".row") ?? element).after(words);
}
