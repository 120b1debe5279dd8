/**
 * What the gateway pushes (server-sent events), as plain messages.
 *
 * A browser that loses the connection comes back by itself and says how far it was; the gateway goes on from
 * there, or sends `reset`. Only a refused connection is given up by the browser, so that one is opened anew here.
 */
const ADDRESS = '/api/v1/events';
const REOPEN_MS = 3_000;

/**
 * Listens to `topics`. `onMessage(message)` gets every message; `onGap()` runs whenever something may have been
 * missed and the state must be fetched, which includes the start; `onLink(connected)` when the connection comes
 * or goes.
 */
export function listen(topics, { onMessage, onGap, onLink }) {
  const source = new EventSource(`${ADDRESS}?topics=${topics.join(',')}`);
  let opened = false;
  source.onopen = () => {
    onLink(true);
    if (!opened) onGap(); // a new stream starts now and tells nothing of what was before
    opened = true;
  };
  source.onerror = () => {
    onLink(false);
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(listen, REOPEN_MS, topics, { onMessage, onGap, onLink });
    }
  };
  for (const topic of topics) {
    // One frame joins the messages of one tick.
    source.addEventListener(topic, ({ data }) => JSON.parse(data).forEach(onMessage));
  }
  source.addEventListener('reset', onGap);
}
