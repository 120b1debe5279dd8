const LOOK_MS = 500;
const PATIENCE_MS = 1_500;

/**
 * Resolves when nothing has come to `peer` for a while. Media comes to a viewer all the time, and feedback to a
 * presenter, so a node that was killed shows here seconds before the connection notices. Ends with `signal`.
 */
export async function silent(peer, signal) {
  let bytes = -1;
  let since = performance.now();
  while (!signal.aborted && performance.now() - since < PATIENCE_MS) {
    await new Promise((done) => setTimeout(done, LOOK_MS));
    const received = await bytesReceived(peer);
    if (received !== bytes || document.hidden) since = performance.now();
    bytes = received;
  }
}

async function bytesReceived(peer) {
  const reports = [...(await peer.getStats()).values()];
  return reports.find(({ type }) => type === 'transport')?.bytesReceived ?? 0;
}
