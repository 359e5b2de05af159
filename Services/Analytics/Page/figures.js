// The row of indicators: each with its value, both counts behind it, and its definition one hover or key away.

import { el } from "./dom.js";
import { integer, percent } from "./format.js";
import { pick, say, sayCode } from "./i18n.js";

/** Keeps one card per indicator in `root`; cards stay when figures change, so that hover and focus do too. */
export function createFigures(root) {
  const cards = new Map();

  function render(overview) {
    for (const [id, group] of groupById(overview.indicators)) {
      if (!cards.has(id)) cards.set(id, createCard(id, root));
      cards.get(id)(group, overview);
    }
  }

  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close(root);
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".about")) close(root);
  });
  return { render };
}

/** Adds an empty card and returns what fills it. */
function createCard(id, root) {
  const definitionId = `definition-${id}`;
  const about = el("button", {
    type: "button", class: "about", "aria-expanded": "false", "aria-controls": definitionId,
    onclick: () => {
      const opens = about.getAttribute("aria-expanded") === "false";
      close(root);
      about.setAttribute("aria-expanded", String(opens));
    },
  }, "i");
  const name = el("h3");
  const value = el("data", { class: "value", "data-indicator": id });
  const parts = el("p", { class: "parts" });
  const share = el("div", { class: "share", hidden: true }, el("i"));
  const beside = el("p", { class: "beside" });
  const definition = el("div", { class: "definition", id: definitionId, role: "note" });
  root.append(
    el("li", { class: "figure", "data-testid": `figure-${id}`, "data-figure": id },
      el("div", { class: "name" }, name, about), el("div", { class: "reading-row" }, value, parts),
      share, beside, definition),
  );

  return (group, overview) => {
    const main = group.find(({ scope }) => scope !== "today") ?? group[0];
    const today = group.find((indicator) => indicator !== main && indicator.scope === "today");
    const label = pick(main.name);

    name.textContent = label;
    about.setAttribute("aria-label", say("definition", { name: label }));
    value.dataset.scope = main.scope;
    value.value = String(main.value ?? "");
    setFlashing(value, written(main));
    parts.textContent = isRate(main) ? `${integer(main.numerator)} / ${integer(main.denominator)}` : "";
    share.hidden = !isRate(main);
    share.style.setProperty("--share", main.denominator ? main.numerator / main.denominator : 0);
    beside.replaceChildren(
      ...(id === "overdue" ? warningChips(overview.warnings) : []),
      ...(today ? [todayReading(id, today)] : main.scope === "today" && id !== "overdue" ? [say("atPresent")] : []),
    );
    definition.replaceChildren(
      el("p", {}, pick(main.definition)),
      el("p", { class: "sum" },
        say("counted", { numerator: integer(main.numerator), denominator: integer(main.denominator) })),
      el("p", { class: "sum" }, say("policy", { version: overview.policyVersion })),
    );
  };
}

const isRate = ({ unit }) => unit === "rate";

const written = (indicator) =>
  isRate(indicator)
    ? percent(indicator.numerator, indicator.denominator)
    : integer(indicator.value ?? indicator.numerator);

function todayReading(id, today) {
  return el("span", {}, `${say("today")} `,
    el("data", { value: String(today.value ?? ""), "data-indicator": id, "data-scope": "today" }, written(today)));
}

const warningChips = (warnings) =>
  ["yellow", "red"].map((colour) =>
    el("span", { class: "colour", "data-colour": colour },
      `${sayCode("colour", colour)} ${integer(warnings?.[colour] ?? 0)} `));

/** Sets the text and lights it up once if that changed what stood there. */
function setFlashing(node, text) {
  if (node.textContent === text) return;
  const first = node.textContent === "";
  node.textContent = text;
  if (!first) node.animate?.([{ color: "var(--glow)" }, {}], { duration: 1200, easing: "ease-out" });
}

function close(root) {
  for (const button of root.querySelectorAll(".about")) button.setAttribute("aria-expanded", "false");
}

function groupById(indicators) {
  const groups = new Map();
  for (const indicator of indicators) groups.set(indicator.id, [...(groups.get(indicator.id) ?? []), indicator]);
  return groups;
}
