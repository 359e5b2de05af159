// The map: grids coloured by a count, borders by level, names, and the place of each new case.

import { byId, el, renderChoices, svg } from "./dom.js";
import { integer } from "./format.js";
import { classBounds, classOf, drawingWidth, middle, neighbour, outline, projection } from "./geometry.js";
import { createGridCard } from "./gridcard.js";
import { pick, say } from "./i18n.js";
import { createPlaces } from "./places.js";

const metrics = ["reported", "open", "overdue"];
const classes = 5;

/**
 * Draws `tree` and keeps it coloured.
 * @param {import("./grids.js").GridTree} tree
 * @param {(code: string|null) => void} choose called when a person picks a grid, or none
 */
export function createMap(tree, choose) {
  const root = byId("map");
  const { height, point } = projection(tree.features);
  const cells = svg("g", { class: "cells" });
  const borders = svg("g", { class: "borders" });
  const cursor = svg("path", { class: "cursor" });
  const chosenOutline = svg("path", { class: "chosen" });
  const labels = svg("g", { class: "labels", "aria-hidden": "true" });
  const dots = svg("g", { class: "places", "aria-hidden": "true" });
  const places = createPlaces(dots, point);
  const card = createGridCard(byId("grid-card"), tree);

  let level = tree.mapLevel;
  let metric = "reported";
  let chosen = null;
  let pointed = null;
  let figures = [];
  let totals = tree.totals([], level);
  let spots = [];

  root.setAttribute("viewBox", `0 0 ${drawingWidth} ${height}`);
  root.replaceChildren(cells, borders, chosenOutline, cursor, labels, dots);

  function drawLevel() {
    spots = tree.at(level).map((feature) => {
      const { code, kind } = feature.properties;
      const path = svg("path", {
        d: outline(feature.geometry, point), role: "button", tabindex: "-1", "data-grid": code,
        class: kind === "special" ? "special" : null,
      });
      return { code, path, ...middle(feature.geometry, point) };
    });
    cells.replaceChildren(...spots.map(({ path }) => path));
    spots[0]?.path.setAttribute("tabindex", "0");
    borders.replaceChildren(
      ...tree.features
        .filter((feature) => feature.properties.level < level)
        .sort((a, b) => b.properties.level - a.properties.level)
        .map((feature) => svg("path", {
          d: outline(feature.geometry, point), "data-above": String(Math.min(level - feature.properties.level, 3)),
        })),
    );
    borders.lastElementChild?.setAttribute("data-above", "3");
  }

  function paint() {
    totals = tree.totals(figures, level);
    const bounds = classBounds([...totals.byCode.values()].map((total) => total[metric]), classes);
    root.dataset.metric = metric;
    root.setAttribute("aria-label", say("map"));
    for (const { code, path } of spots) {
      const total = totals.byCode.get(code);
      path.setAttribute("data-class", String(classOf(total[metric], bounds)));
      path.setAttribute("aria-pressed", String(code === chosen));
      path.setAttribute("aria-label",
        `${tree.name(code)}: ${metrics.map((each) => `${say(each)} ${integer(total[each])}`).join(", ")}`);
    }
    chosenOutline.setAttribute("d", outlineOf(chosen));
    renderLegend(metric, bounds, totals.unplaced);
    showCard();
  }

  function render() {
    renderChoices(byId("metrics"), metrics.map((each) => [each, say(each)]), metric, chooseMetric);
    const levels = tree.levels.slice(1).map((each) => [String(each.level), pick(each.name)]);
    renderChoices(byId("levels"), levels, String(level), chooseLevel);
    paint();
    renderLabels();
  }

  function chooseMetric(next) {
    metric = next;
    render();
  }

  function chooseLevel(next) {
    level = Number(next);
    drawLevel();
    render();
  }

  function renderLabels() {
    const box = root.getBoundingClientRect();
    const unit = 1 / (Math.min(box.width / drawingWidth, box.height / height) || 1);
    root.style.setProperty("--unit", unit);
    places.scale(unit);
    writeNames(labels, tree, tree.at(Math.min(tree.labelLevel, level)), point);
  }

  const outlineOf = (code) => (tree.byCode.has(code) ? outline(tree.byCode.get(code).geometry, point) : "");

  function pointAt(code) {
    pointed = code;
    cursor.setAttribute("d", outlineOf(code));
    showCard();
  }

  function showCard() {
    const code = pointed ?? chosen;
    const grid = tree.byCode.get(code);
    // On the other side of the map, so as not to lie on the grid it speaks of.
    const side = grid && middle(grid.geometry, point).x < drawingWidth / 2 ? "right" : "left";
    card.show(code, totals, side);
  }

  const codeOf = (event) => event.target.closest?.("[data-grid]")?.dataset.grid ?? null;
  cells.addEventListener("pointerover", (event) => pointAt(codeOf(event)));
  cells.addEventListener("focusin", (event) => pointAt(codeOf(event)));
  root.addEventListener("pointerleave", () => pointAt(null));
  root.addEventListener("focusout", () => pointAt(null));
  cells.addEventListener("click", (event) => {
    const code = codeOf(event);
    if (code) choose(code === chosen ? null : code);
  });
  root.addEventListener("keydown", (event) => {
    const here = spots.find(({ path }) => path === document.activeElement);
    if (!here) return;
    if (event.key.startsWith("Arrow")) {
      const next = neighbour(spots, here, event.key);
      here.path.setAttribute("tabindex", next ? "-1" : "0");
      next?.path.setAttribute("tabindex", "0");
      next?.path.focus();
    } else if (event.key === "Enter" || event.key === " ") {
      choose(here.code === chosen ? null : here.code);
    } else if (event.key === "Escape") {
      choose(null);
    } else {
      return;
    }
    event.preventDefault();
  });
  new ResizeObserver(renderLabels).observe(root);

  drawLevel();
  render();
  return {
    /** Says everything anew, as after a change of language. */
    render,
    /** Colours by new figures, rows of the overview's `byGrid`. */
    setFigures(byGrid) {
      figures = byGrid;
      paint();
    },
    /** Marks the grid that the feed is narrowed to, or none. */
    setChosen(code) {
      chosen = code;
      paint();
    },
    /** Shows where a new case is. */
    mark: places.mark,
  };
}

function renderLegend(metric, bounds, unplaced) {
  const ranges = bounds.map((bound, i) => {
    const last = i + 1 < bounds.length ? bounds[i + 1] - 1 : null;
    if (last === null) return `≥ ${integer(bound)}`;
    return last === bound ? integer(bound) : `${integer(bound)}–${integer(last)}`;
  });
  byId("legend").dataset.metric = metric;
  byId("legend").replaceChildren(
    ...[say("legendNone"), ...ranges].map((text, i) => el("span", {}, el("i", { "data-class": String(i) }), text)),
    ...(unplaced ? [el("span", {}, say("unplaced", { count: integer(unplaced) }))] : []),
  );
}

/** Writes the names of `features` where they have room; they stay one size on the screen, so a small map has fewer. */
function writeNames(labels, tree, features, point) {
  const taken = [];
  labels.replaceChildren();
  for (const feature of features) {
    const spot = middle(feature.geometry, point);
    const text = svg("text", { x: spot.x.toFixed(1), y: spot.y.toFixed(1) }, tree.name(feature.properties.code));
    labels.append(text);
    const size = text.getBBox();
    const hasRoom = size.width < spot.width * 1.15 && !taken.some((other) => overlap(size, other));
    if (hasRoom) taken.push(size);
    else text.remove();
  }
  // A few names without their neighbours would only puzzle; the card names every grid.
  if (taken.length < features.length / 3) labels.replaceChildren();
}

const overlap = (a, b) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
