// The grid tree: who is part of whom, and figures added up to the level one looks at.

import { pick } from "./i18n.js";

const counts = ["reported", "handled", "open", "overdue"];

/** More outlines than this make a map slow and unreadable; a deeper level can still be chosen. */
const readable = 2000;

export class GridTree {
  /** @param {Object} collection the answer of `api/grids.geojson` */
  constructor(collection) {
    this.features = collection.features;
    this.byCode = new Map(this.features.map((feature) => [feature.properties.code, feature]));
    const used = new Set(this.features.map((feature) => feature.properties.level));
    /** Levels that have grids, the root's first. */
    this.levels = (collection.levels ?? [])
      .filter(({ level }) => used.has(level))
      .sort((a, b) => a.level - b.level);
  }

  /** The deepest level that is still readable as a map. */
  get mapLevel() {
    return this.levels.findLast(({ level }) => this.at(level).length <= readable)?.level ?? 1;
  }

  /** The deepest level with few enough grids to write their names on the map. */
  get labelLevel() {
    return this.levels.findLast(({ level }) => this.at(level).length <= 20)?.level ?? 1;
  }

  /** Grids of one level. */
  at(level) {
    return this.features.filter((feature) => feature.properties.level === level);
  }

  /** The grid's name, or its code when the page does not know it. */
  name(code) {
    const grid = this.byCode.get(code)?.properties;
    return grid ? pick({ zh: grid.name_zh, en: grid.name_en }) : code;
  }

  /** The grid itself and everything it is part of, from the inside out. */
  *lineage(code) {
    for (let grid = this.byCode.get(code); grid; grid = this.byCode.get(grid.properties.parent)) yield grid.properties;
  }

  /** Whether `code` is `ancestor` or lies inside it. */
  isWithin(code, ancestor) {
    for (const grid of this.lineage(code)) if (grid.code === ancestor) return true;
    return false;
  }

  /**
   * Figures per grid of `level`, each with all that lies inside it.
   * @returns {{byCode: Map<string, Object>, unplaced: number}} `unplaced` counts reports of no grid of that level
   */
  totals(byGrid, level) {
    const byCode = new Map(
      this.at(level).map(({ properties }) => [properties.code, Object.fromEntries(counts.map((count) => [count, 0]))]),
    );
    let unplaced = 0;
    for (const row of byGrid) {
      const home = [...this.lineage(row.grid)].find((grid) => grid.level === level);
      if (!home) {
        unplaced += row.reported ?? 0;
        continue;
      }
      const total = byCode.get(home.code);
      for (const count of counts) total[count] += row[count] ?? 0;
    }
    return { byCode, unplaced };
  }
}
