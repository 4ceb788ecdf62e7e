// The woven line of passports and treaties, drawn from sinusoids: a band for each page, a rosette for the home page.

export function rosette() {
  const rings = [
    woven({id: "a", radius: 292, wave: 42, petals: 12, copies: 8, steps: 144, opacity: 0.55}),
    woven({id: "b", radius: 206, wave: 34, petals: 12, copies: 6, steps: 120, opacity: 0.5}),
    woven({id: "c", radius: 130, wave: 34, petals: 8, copies: 8, steps: 96, opacity: 0.6}),
    woven({id: "d", radius: 62, wave: 26, petals: 6, copies: 6, steps: 60, opacity: 0.5}),
  ];
  return svg("-3400 -3400 6800 6800", "", `stroke="#d9c48a" stroke-width="7"`, rings.join(""));
}

export function band() {
  const threads = [...plait({count: 5, wave: 4.6, length: 48}), ...plait({count: 3, wave: 2, length: 24})];
  return svg("0 0 48 12", ` width="48" height="12"`, `stroke="#4f8593" stroke-width=".45"`, threads.join(""));
}

// One ring, repeated at small turns, looks woven; <use> keeps the file small.
function woven({id, radius, wave, petals, copies, steps, opacity}) {
  const turn = 360 / petals / copies;
  const others = Array.from({length: copies - 1}, (_, k) =>
    `<use href="#${id}" transform="rotate(${((k + 1) * turn).toFixed(2)})"/>`);
  return `<g opacity="${opacity}"><path id="${id}" d="${ring(radius, wave, petals, steps)}"/>${others.join("")}</g>`;
}

function ring(radius, wave, petals, steps) {
  const points = Array.from({length: steps}, (_, i) => {
    const angle = 2 * Math.PI * i / steps;
    const reach = (radius + wave * Math.cos(petals * angle)) * 10;
    return [Math.round(reach * Math.cos(angle)), Math.round(reach * Math.sin(angle))];
  });
  const moves = points.slice(1).map(([x, y], i) => `${x - points[i][0]} ${y - points[i][1]}`);
  return `M${points[0].join(" ")}l${moves.join(" ").replaceAll(" -", "-")}z`;
}

function plait({count, wave, length}) {
  return Array.from({length: count}, (_, k) => {
    const points = Array.from({length: 25}, (_, i) => {
      const x = 2 * i;
      return `${x} ${(6 + wave * Math.sin(2 * Math.PI * (x / length + k / count))).toFixed(1)}`;
    });
    return `<path d="M${points.join("L")}"/>`;
  });
}

function svg(box, size, stroke, body) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box}"${size}><g fill="none" ${stroke}>${body}</g></svg>`;
}
