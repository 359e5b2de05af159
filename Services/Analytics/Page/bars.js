// Bars: how much came from each source or of each category, and how much of it is done.

import { el, emptyRow } from "./dom.js";
import { integer, percent } from "./format.js";
import { pick, say } from "./i18n.js";

/**
 * Draws `rows` (`{code, name, reported, handled, onTime}`), the largest first.
 * Beyond `most` rows the smallest are added up in one, so that the bars still sum to the whole.
 */
export function renderBars(root, rows, most) {
  const sorted = [...rows].sort((a, b) => b.reported - a.reported).filter(({ reported }) => reported > 0);
  if (sorted.length === 0) {
    root.replaceChildren(emptyRow(say("nothing")));
    return;
  }
  const shown = sorted.length > most ? [...sorted.slice(0, most - 1), addedUp(sorted.slice(most - 1))] : sorted;
  const longest = Math.max(...shown.map(({ reported }) => reported));
  root.replaceChildren(...shown.map((row) => bar(row, longest)));
}

function bar(row, longest) {
  const track = el("div", { class: "track" }, el("i", { class: "reported" }), el("i", { class: "handled" }));
  track.style.setProperty("--reported", row.reported / longest);
  track.style.setProperty("--handled", row.handled / longest);
  const full = [
    `${say("reported")} ${integer(row.reported)}`,
    `${say("handled")} ${integer(row.handled)} (${percent(row.handled, row.reported)})`,
    `${say("onTime")} ${integer(row.onTime)} (${percent(row.onTime, row.handled)})`,
  ].join(" · ");
  return el("li", { "data-code": row.code, title: full },
    el("span", { class: "name" }, pick(row.name)),
    el("span", { class: "amount" },
      el("b", {}, integer(row.reported)), " ",
      el("small", {}, el("span", { class: "unseen" }, `${say("handled")} `), percent(row.handled, row.reported))),
    track);
}

function addedUp(rows) {
  const sum = (count) => rows.reduce((total, row) => total + row[count], 0);
  const name = say("others", { count: rows.length });
  return {
    code: "", name: { zh: name, en: name }, reported: sum("reported"), handled: sum("handled"), onTime: sum("onTime"),
  };
}
