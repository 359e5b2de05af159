// Cases that are running out of time, or have: the worst first, each until it is handled.

import { byId, el, emptyRow, outside } from "./dom.js";
import { integer, moment } from "./format.js";
import { gridButton } from "./gridcard.js";
import { currentLanguage, pick, say, sayCode } from "./i18n.js";

const raises = new Set(["warned", "breached", "escalated"]);
const settles = new Set(["handled", "closed"]);
const gravity = { yellow: 0, red: 1, breached: 2 };
const rows = 30;

/**
 * @param {Object} options
 * @param {() => Date} options.now the city's clock
 * @param {(code: string) => void} options.choose called when a person picks the grid of a warning
 */
export function createWarnings({ now, choose }) {
  const latest = new Map();
  let counts = {};
  // What the list shows now: it is only built anew when that changes, so that the keyboard's focus stays in it.
  let drawn = "";

  const colourOf = (item) => (item.change === "warned" ? (item.colour ?? "yellow") : "breached");

  const row = (item) => {
    const colour = colourOf(item);
    return el("li", { "data-testid": "warning", "data-case": item.case, "data-colour": colour },
      el("div", { class: "first" },
        el("span", { class: "colour", "data-colour": colour },
          item.change === "escalated" ? sayCode("change", "escalated") : sayCode("raised", colour)),
        outside(pick(item.category), "bdi", { class: "category" }),
        el("time", { datetime: item.at }, moment(item.at, now()))),
      el("div", { class: "last" },
        gridButton(item.grid, choose),
        el("span", { class: "number" }, item.case)));
  };

  function render() {
    byId("warning-counts").replaceChildren(
      ...["yellow", "red", "breached"].map((colour) =>
        el("li", { class: "colour", "data-colour": colour, "data-warning": colour },
          `${sayCode("colour", colour)} `, el("b", {}, integer(counts[colour] ?? 0)))),
    );
    const shown = [...latest.values()]
      .filter(({ change }) => raises.has(change))
      .sort((a, b) => gravity[colourOf(b)] - gravity[colourOf(a)] || b.id - a.id)
      .slice(0, rows);
    const signature = [currentLanguage(), ...shown.map(({ id }) => id)].join();
    if (signature === drawn) return;
    drawn = signature;
    byId("warnings").replaceChildren(...(shown.length ? shown.map(row) : [emptyRow(say("noWarnings"))]));
  }

  return {
    render,
    /** Takes in changes of cases in any order: only the latest that raises or settles counts. */
    add(items) {
      for (const item of items) {
        if (!raises.has(item.change) && !settles.has(item.change)) continue;
        if ((latest.get(item.case)?.id ?? -1) < item.id) latest.set(item.case, item);
      }
      forget();
      render();
    },
    /** Shows the overview's counts per colour. */
    setCounts(next) {
      counts = next ?? {};
      render();
    },
  };

  // What is settled is kept a while, in case an older change of the same case arrives late, but not for ever.
  function forget() {
    if (latest.size < 1000) return;
    const settled = [...latest.values()].filter(({ change }) => settles.has(change)).sort((a, b) => a.id - b.id);
    for (const item of settled.slice(0, settled.length / 2)) latest.delete(item.case);
  }
}
