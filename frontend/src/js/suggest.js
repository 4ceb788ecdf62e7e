// Titles offered while typing: an ARIA combobox over the search box. Without it, Enter searches as ever.

const PAUSE = 150;
let count = 0;

export function suggestTitles(form) {
  const box = new SuggestBox(form.querySelector("input[type=search]"), form);
  box.listen();
}

class SuggestBox {
  constructor(input, form) {
    this.input = input;
    this.form = form;
    this.list = document.createElement("ul");
    this.list.id = `suggest-${++count}`;
    this.list.className = "suggest";
    this.list.hidden = true;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", form.dataset.suggestLabel);
    form.append(this.list);
    const attributes = {role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id};
    for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
  }

  listen() {
    this.input.addEventListener("input", () => this.later());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.close());
    // Pressing on a suggestion must not take the focus away before the click arrives.
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.go(event.target.closest("[role=option]")));
  }

  later() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.timer = setTimeout(() => this.ask(), PAUSE);
  }

  async ask() {
    const words = this.input.value.trim();
    if (words.length < 2) return this.close();
    this.request = new AbortController();
    try {
      const address = `${this.form.dataset.suggest}?${new URLSearchParams({q: words})}`;
      const answer = await fetch(address, {signal: this.request.signal, headers: {Accept: "application/json"}});
      if (answer.ok) this.show((await answer.json()).suggestions);
    } catch {
      this.close(); // No suggestions on a broken link; searching still works.
    }
  }

  show(suggestions) {
    this.list.replaceChildren(...suggestions.map((suggestion, index) => this.option(suggestion, index)));
    this.open(suggestions.length > 0 && document.activeElement === this.input);
  }

  option({title, url, kind}, index) {
    const item = document.createElement("li");
    item.id = `${this.list.id}-${index}`;
    item.setAttribute("role", "option");
    item.dataset.url = url;
    const words = document.createElement("span");
    words.dir = "auto";
    words.textContent = title;
    const label = document.createElement("small");
    label.textContent = kind ?? "";
    item.append(words, label);
    return item;
  }

  key(event) {
    if (event.isComposing) return;
    const moves = {ArrowDown: 1, ArrowUp: -1};
    if (event.key in moves && !this.list.hidden) {
      event.preventDefault();
      this.move(moves[event.key]);
    } else if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      this.close();
    } else if (event.key === "Enter" && this.active) {
      event.preventDefault();
      this.go(this.active);
    }
  }

  move(step) {
    const options = [...this.list.children];
    const from = options.indexOf(this.active);
    // One place more than there are options: the place where nothing but the typed words is chosen.
    const to = (from + 1 + step + options.length + 1) % (options.length + 1) - 1;
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === to)));
    if (to < 0) this.input.removeAttribute("aria-activedescendant");
    else this.input.setAttribute("aria-activedescendant", options[to].id);
  }

  get active() {
    return this.list.hidden ? null : this.list.querySelector("[aria-selected=true]");
  }

  go(option) {
    const address = option && new URL(option.dataset.url, location.href);
    if (address?.origin === location.origin) location.assign(address);
  }

  open(wanted) {
    this.list.hidden = !wanted;
    this.input.setAttribute("aria-expanded", String(wanted));
    if (!wanted) this.input.removeAttribute("aria-activedescendant");
  }

  close() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.open(false);
  }
}
