// Where new cases are: a dot each on the map, the newest with a ring that spreads once.

import { svg } from "./dom.js";

/** As many of the latest cases keep their dot. */
const kept = 24;

/** Dots in `root`, placed by `point`. */
export function createPlaces(root, point) {
  let unit = 1;

  return {
    /** Shows the place of a feed item; one without a place is passed over. */
    mark({ lon, lat, severity, case: caseID }) {
      if (!Number.isFinite(lon) || !Number.isFinite(lat)) return;
      const [x, y] = point(lon, lat).map((value) => value.toFixed(1));
      const ring = svg("circle", { class: "ring", r: 5 * unit });
      ring.addEventListener("animationend", () => ring.remove());
      root.append(
        svg("g", { transform: `translate(${x} ${y})`, "data-severity": severity, "data-case": caseID },
          ring, svg("circle", { class: "dot", r: 3 * unit })),
      );
      while (root.childElementCount > kept) root.firstElementChild.remove();
    },
    /** Drawing units a screen pixel takes, so that dots keep their size on every screen. */
    scale(next) {
      unit = next;
      for (const dot of root.querySelectorAll(".dot")) dot.setAttribute("r", 3 * unit);
      for (const ring of root.querySelectorAll(".ring")) ring.setAttribute("r", 5 * unit);
    },
  };
}
