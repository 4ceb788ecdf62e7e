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

// Answers of 422 hold the form with its errors and are placed. When one may not (any longer), the browser sends the form
// itself: the page that answers asks to sign in and keeps what was written. Other trouble is told beside what was pressed.
document.addEventListener("htmx:response:error", ({target, detail}) => {
  const status = detail.ctx.response?.status;
  if ([401, 403].includes(status) && sendPlainly(target)) return;
  if (status !== 422) tell(target);
});
// What led on to the page for signing in is no part of this page.
document.addEventListener("htmx:before:response", (event) => {
  const {redirected, url} = event.detail.ctx.response.raw;
  if (redirected && new URL(url).pathname === "/sign-in") event.preventDefault();
});
document.addEventListener("htmx:error", ({target}) => tell(target));

function sendPlainly(element) {
  if (element instanceof HTMLFormElement && element.method === "post") element.submit();
  else if (element instanceof HTMLButtonElement && element.form?.method === "post") element.form.requestSubmit(element);
  else return false;
  return true;
}

function tell(element) {
  document.querySelectorAll(".flash.trouble").forEach((old) => old.remove());
  const words = document.getElementById("trouble")?.content.cloneNode(true).firstElementChild;
  if (!words || !(element instanceof Element)) return;
  words.classList.add("trouble");
  (element.closest(".row") ?? element).after(words);
}
