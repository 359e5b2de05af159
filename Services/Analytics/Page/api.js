// The server's answers. Addresses are relative, so that the page also works behind a path of a reverse proxy.

/** The server answered, but not with data. `reason` is its own short sentence. */
export class Refused extends Error {
  constructor(status, reason) {
    super(`${status} ${reason}`);
    this.status = status;
    this.reason = reason;
  }
}

/** How long a request may hang before it counts as lost, in milliseconds. */
const patience = 15_000;

/** The figures of a period; null leaves the period to the server. */
export const fetchOverview = (period) => fetchJSON("api/overview", period ?? {});

/** All grids with their outlines. */
export const fetchGrids = () => fetchJSON("api/grids.geojson");

/** The latest changes, of one grid and those inside it when `grid` is given. */
export const fetchFeed = (grid, limit) => fetchJSON("api/feed", { limit, ...(grid && { grid }) });

async function fetchJSON(path, query = {}) {
  const parameters = new URLSearchParams(query).toString();
  const response = await fetch(parameters ? `${path}?${parameters}` : path, {
    headers: { accept: "application/json" },
    signal: AbortSignal.timeout(patience),
  });
  if (!response.ok) throw new Refused(response.status, await reasonOf(response));
  return response.json();
}

async function reasonOf(response) {
  try {
    const problem = await response.json();
    return problem.detail ?? problem.title ?? response.statusText;
  } catch {
    return response.statusText;
  }
}
