// Building the page. Strings only ever become text nodes: what outside people wrote can never turn into markup.

export const byId = (id) => document.getElementById(id);

/**
 * Makes an HTML element. `on…` attributes are listeners, `true` is an empty attribute, `false` and null leave it out.
 * @param {string} name
 * @param {Object<string, any>} [attributes]
 * @param {...(Node|string|null)} children
 */
export function el(name, attributes, ...children) {
  return furnish(document.createElement(name), attributes, children);
}

/** Makes an SVG element; otherwise as {@link el}. */
export function svg(name, attributes, ...children) {
  return furnish(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function furnish(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === false || value == null) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

/** Text from outside people: kept from turning the writing direction of the line around it. */
export const outside = (text, name = "bdi", attributes) => el(name, { dir: "auto", ...attributes }, text ?? "");

/**
 * A row of buttons of which one is pressed. `choices` are `[value, label]`.
 * `choose` is called with the value of the button that is pressed; it must stay the same for one `root`.
 */
export function renderChoices(root, choices, chosen, choose) {
  const values = choices.map(([value]) => value);
  // Buttons that are already there stay, and with them the keyboard's focus.
  if (root.dataset.values !== values.join()) {
    root.dataset.values = values.join();
    root.replaceChildren(
      ...values.map((value) => el("button", { type: "button", "data-value": value, onclick: () => choose(value) })));
  }
  choices.forEach(([value, label], i) => {
    root.children[i].textContent = label;
    root.children[i].setAttribute("aria-pressed", String(value === chosen));
  });
}

/** What stands where a list has nothing to show. */
export const emptyRow = (text) => el("li", { class: "empty" }, text);
