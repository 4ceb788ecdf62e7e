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
