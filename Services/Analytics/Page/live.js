// The line to the server: opens the event stream, notices when it is gone, and opens it again.

/** Waits between attempts, in seconds; the last one repeats. */
const waits = [1, 2, 4, 8, 15];
/** How long a change that the server knows may take to arrive by the stream, in milliseconds. */
const delay = 10_000;

/**
 * Follows `api/live`.
 *
 * `opened` is called each time the line stands: first, and after every loss, when changes may have been missed.
 * `feed` and `overview` get one parsed event each, in order.
 *
 * @param {Object} listener
 * @param {() => void} listener.opened
 * @param {() => void} listener.lost
 * @param {(item: Object) => void} listener.feed
 * @param {(part: Object) => void} listener.overview
 * @returns {{compare: (newest: number) => void}} see below
 */
export function follow(listener) {
  let stream = null;
  let attempts = 0;
  let timer = 0;
  // Highest id that came by this line, or that was known when it opened; null until then.
  let heard = null;
  let expected = { id: 0, at: 0 };

  function open() {
    clearTimeout(timer);
    stream?.close();
    stream = new EventSource("api/live");
    stream.onopen = () => {
      attempts = 0;
      heard = null;
      expected = { id: 0, at: Date.now() };
      listener.opened();
    };
    stream.onerror = lose;
    stream.addEventListener("feed", (event) => deliver(event, hear));
    stream.addEventListener("overview", (event) => deliver(event, listener.overview));
  }

  function hear(item) {
    heard = Math.max(heard ?? 0, item.id);
    listener.feed(item);
  }

  // The browser would retry by itself after some failures and give up after others; one rule for all is easier
  // to trust.
  function lose() {
    stream?.close();
    stream = null;
    listener.lost();
    const seconds = waits[Math.min(attempts, waits.length - 1)];
    attempts += 1;
    clearTimeout(timer);
    // Spread out, so that a hundred screens do not knock in the same instant after a restart.
    timer = setTimeout(open, seconds * 1000 * (0.75 + Math.random() / 2));
  }

  window.addEventListener("online", open);
  window.addEventListener("offline", lose);
  open();
  return {
    /**
     * Compares with the newest id that was asked for beside the stream: a line can be dead and not say so.
     * One that still has not brought what was known `delay` ago is dropped and opened again.
     */
    compare(newest) {
      heard ??= newest;
      if (Date.now() - expected.at < delay) return;
      if (expected.id > heard) open();
      expected = { id: newest, at: Date.now() };
    },
  };
}

function deliver(event, receive) {
  let value;
  try {
    value = JSON.parse(event.data);
  } catch {
    return; // One unreadable event must not stop the ones behind it.
  }
  receive(value);
}
