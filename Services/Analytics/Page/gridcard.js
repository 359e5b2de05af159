// A grid as people meet it: the card beside the map, whose grid it is and how it is doing, and the button in a list.

import { el, outside } from "./dom.js";
import { integer } from "./format.js";
import { pick, say } from "./i18n.js";

/** Shows one grid of `tree` in `root`, or the hint when there is none. */
export function createGridCard(root, tree) {
  return {
    /** @param {"left"|"right"} side of the map, where there is room to lie on it */
    show(code, totals, side) {
      const grid = tree.byCode.get(code)?.properties;
      root.dataset.grid = grid?.code ?? "";
      root.dataset.side = side;
      if (!grid) {
        root.replaceChildren(el("dt", { class: "hint" }, say("gridHint")));
        return;
      }
      const [, ...above] = [...tree.lineage(code)].map((each) => tree.name(each.code));
      const figures = totals.byCode.get(code);
      root.replaceChildren(
        el("dt", { class: "grid-name" }, outside(tree.name(code)),
          grid.kind === "special" ? el("span", { class: "badge" }, say("specialGrid")) : null),
        ...row(say("leader"), pick({ zh: grid.leader_zh, en: grid.leader_en }) || say("noLeader")),
        ...(above.length > 1 ? row(say("partOf"), above.slice(0, -1).join(" · ")) : []),
        ...(grid.households ? row(say("households"), integer(grid.households)) : []),
        ...(figures ? [figuresRow(figures)] : []),
      );
    },
  };
}

const figuresRow = (figures) =>
  el("dd", { class: "counts" }, ...["reported", "handled", "open", "overdue"].map((count) =>
    el("span", { "data-count": figures[count] > 0 ? count : null },
      el("b", {}, integer(figures[count])), ` ${say(count)}`)));

const row = (term, text) => [el("dt", {}, term), el("dd", {}, outside(text))];

/** The grid of a feed item, to be picked; null where a case has no grid yet. */
export function gridButton(grid, choose) {
  if (!grid) return null;
  return el("button", { type: "button", class: "grid", "data-grid": grid.code, onclick: () => choose(grid.code) },
    outside(pick(grid)));
}
