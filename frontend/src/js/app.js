// Small helps on top of pages that work without any of them.
import "./fragments.js";
import {followContents} from "./contents.js";
import {keepDrafts} from "./drafts.js";
import {guardUnsavedWords} from "./guard.js";
import {holdMarkedWords} from "./holding.js";
import {focusWhatMatters, foldFacetsOnPhones, searchOnSlash} from "./reach.js";
import {suggestTitles} from "./suggest.js";

focusWhatMatters();
searchOnSlash();
foldFacetsOnPhones();
followContents();
keepDrafts();
guardUnsavedWords();
holdMarkedWords();
document.querySelectorAll("form[data-suggest]").forEach(suggestTitles);
