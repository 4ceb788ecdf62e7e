// The list of contents shows which section is being read.

export function followContents() {
  const links = new Map();
  for (const link of document.querySelectorAll("[data-toc] a")) {
    const heading = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (heading) links.set(heading, [...(links.get(heading) ?? []), link]);
  }
  if (!links.size || !("IntersectionObserver" in window)) return;
  const mark = () => markCurrent(links);
  // The watched area reaches far above the window: a jump past several headings crosses its lower edge all the same.
  const observer = new IntersectionObserver(mark, {rootMargin: "9999999px 0px -69% 0px"});
  links.forEach((_, heading) => observer.observe(heading));
}

// The current section is the last one whose heading has passed the upper third of the window.
function markCurrent(links) {
  const headings = [...links.keys()];
  const passed = headings.filter((heading) => heading.getBoundingClientRect().top < innerHeight * 0.31);
  const current = passed.at(-1) ?? headings[0];
  for (const [heading, anchors] of links) {
    for (const link of anchors) {
      if (heading === current) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }
}
