// Small helps on top of pages that work without any of them.
import "./fragments.js";
import {followContents} from "./contents.js";
import {guardUnsavedWords} from "./guard.js";
import {focusWhatMatters, foldFacetsOnPhones, searchOnSlash} from "./reach.js";
import {suggestTitles} from "./suggest.js";

focusWhatMatters();
searchOnSlash();
foldFacetsOnPhones();
followContents();
guardUnsavedWords();
document.querySelectorAll("form[data-suggest]").forEach(suggestTitles);

// What only writers need is fetched where somebody writes, or wrote: a first visit is small.
if (somethingIsKept() || document.querySelector("[data-keep-draft]")) import("./drafts.js").then(({keepDrafts}) => keepDrafts());
if (document.querySelector("[data-hold]")) import("./holding.js").then(({holdMarkedWords}) => holdMarkedWords());

function somethingIsKept() {
  try {
    return localStorage.length > 0;
  } catch {
    return false;
  }
}
