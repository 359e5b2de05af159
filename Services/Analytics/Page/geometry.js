// Shapes on the map: pure functions from longitude and latitude to drawing units.

/** Width of the drawing, in its own units; the height follows from the city. */
export const drawingWidth = 1000;

const rings = ({ type, coordinates }) => (type === "MultiPolygon" ? coordinates.flat() : coordinates);

/**
 * A flat projection for the extent of `features`, true to scale at their middle latitude: fine for one city.
 * @returns {{height: number, point: (lon: number, lat: number) => [number, number]}}
 */
export function projection(features) {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { geometry } of features) {
    for (const ring of rings(geometry)) {
      for (const [lon, lat] of ring) {
        west = Math.min(west, lon);
        east = Math.max(east, lon);
        south = Math.min(south, lat);
        north = Math.max(north, lat);
      }
    }
  }
  const margin = 12;
  const shrink = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = (drawingWidth - 2 * margin) / ((east - west) * shrink);
  return {
    height: Math.round((north - south) * scale + 2 * margin),
    point: (lon, lat) => [margin + (lon - west) * shrink * scale, margin + (north - lat) * scale],
  };
}

/** The outline as the `d` of an SVG path. */
export function outline(geometry, point) {
  const corner = ([lon, lat]) => point(lon, lat).map((x) => x.toFixed(1)).join(" ");
  return rings(geometry).map((ring) => `M${ring.slice(0, -1).map(corner).join("L")}Z`).join("");
}

/** Centre of gravity of the largest ring, in drawing units, and the ring's width there as room for a label. */
export function middle(geometry, point) {
  let best = { area: 0, x: 0, y: 0, width: 0 };
  for (const ring of rings(geometry)) {
    const points = ring.map(([lon, lat]) => point(lon, lat));
    let [area, x, y] = [0, 0, 0];
    for (let i = 1; i < points.length; i += 1) {
      const [[ax, ay], [bx, by]] = [points[i - 1], points[i]];
      const cross = ax * by - bx * ay;
      area += cross / 2;
      x += ((ax + bx) * cross) / 6;
      y += ((ay + by) * cross) / 6;
    }
    if (Math.abs(area) <= best.area) continue;
    const xs = points.map(([px]) => px);
    best = { area: Math.abs(area), x: x / area, y: y / area, width: Math.max(...xs) - Math.min(...xs) };
  }
  return best;
}

/**
 * Lower bounds of up to `classes` colour classes for counts above zero, ascending, beginning at 1.
 * Each class holds about as many grids as the next, so that one busy grid does not leave the rest in one colour.
 */
export function classBounds(counts, classes) {
  const sorted = counts.filter((count) => count > 0).sort((a, b) => a - b);
  if (sorted.length === 0) return [];
  const bounds = [1];
  for (let i = 1; i < classes; i += 1) {
    const bound = sorted[Math.floor((i * sorted.length) / classes)];
    if (bound > bounds.at(-1)) bounds.push(bound);
  }
  return bounds;
}

/** Which class a count belongs to: 0 for none, else 1 … number of bounds. */
export const classOf = (count, bounds) => bounds.filter((bound) => count >= bound).length;

/** The nearest of `places` in the direction of an arrow key, or null at the edge. Off the axis counts as farther. */
export function neighbour(places, from, key) {
  const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  let best = null;
  let bestDistance = Infinity;
  for (const place of places) {
    const [dx, dy] = [place.x - from.x, place.y - from.y];
    const along = dx * direction[0] + dy * direction[1];
    const across = Math.abs(dx * direction[1]) + Math.abs(dy * direction[0]);
    if (along <= 0.5 || across > along * 2) continue;
    const distance = along + 2 * across;
    if (distance < bestDistance) [best, bestDistance] = [place, distance];
  }
  return best;
}
