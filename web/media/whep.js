import { connected, dismiss, exchange, lost, newPeer } from './exchange.js';
import { backoff, jitter, Pause } from './pause.js';

const EMPTY_STAGE_MS = 15_000; // in case the news that ends the waiting does not come
const SOON_MS = 1_000; // somebody was on stage a moment ago, and may be looking for another node as well
const RECENTLY_MS = 15_000;
const FINAL = [401, 403, 404]; // asking again gives the same answer

/**
 * Watches one session until stopped. `onState(state, problem)` tells of every step, `onStream(stream)` of the media;
 * `expect(live)` brings the news whether the session is live.
 *
 *     connecting → live → reconnecting → live …
 *         ├→ waiting       nobody is on stage
 *         └→ refused       the session is unknown or closed to this viewer
 */
export class Viewer {
  #endpoint;
  #token;
  #live;
  #onState;
  #onStream;
  #stopped = false;
  #liveUntil = -Infinity;
  #connection = new AbortController();
  #pause = new Pause();
  peer = null;

  constructor(sessionId, { token, live, onState, onStream }) {
    this.#endpoint = `/api/v1/sessions/${encodeURIComponent(sessionId)}/whep`;
    this.#token = token;
    this.#live = live;
    this.#onState = onState;
    this.#onStream = onStream;
  }

  /** Runs until `stop()` or a refusal. */
  async run() {
    if (this.#live) this.#tell('connecting');
    let refusal = null; // why nothing plays, where the server said so
    for (let failures = 0; !this.#stopped; ) {
      // Without news of a stage there is nothing to ask for; the pause ends with the news, or asks to be safe.
      if (!this.#live) await this.#rest('waiting', EMPTY_STAGE_MS, refusal);
      if (this.#stopped) return;
      refusal = null;
      try {
        await this.#watchOnce();
        failures = 0;
        if (this.#live) await this.#rest('reconnecting', jitter());
      } catch (problem) {
        if (FINAL.includes(problem.status)) return this.#tell('refused', problem);
        if (problem.status !== 409) await this.#rest('reconnecting', problem.retryAfter * 1_000 || backoff(failures++), problem);
        else if (this.#live) await this.#rest('waiting', this.#wasLive() ? SOON_MS : EMPTY_STAGE_MS, problem);
        else refusal = problem;
      }
    }
  }

  /** News: someone is on stage, so try now; or nobody is any more, so leave the empty picture. */
  expect(live) {
    this.#live = live;
    if (live) this.#pause.end();
    else this.#connection.abort();
  }

  /** Leaves the session. */
  stop() {
    this.#stopped = true;
    this.#connection.abort();
    this.#pause.end();
  }

  /** One connection, from the offer until it is lost or given up. */
  async #watchOnce() {
    const { signal } = (this.#connection = new AbortController());
    const peer = (this.peer = newPeer());
    const stream = new MediaStream();
    peer.ontrack = ({ track }) => stream.addTrack(track);
    peer.addTransceiver('video', { direction: 'recvonly' });
    peer.addTransceiver('audio', { direction: 'recvonly' });
    let resource = null;
    try {
      resource = await exchange(peer, this.#endpoint, this.#token, signal);
      await connected(peer);
      this.#onStream(stream);
      this.#tell('live');
      await lost(peer, signal);
      this.#liveUntil = performance.now();
    } finally {
      if (resource && this.#isStillThere(peer)) dismiss(peer, resource, this.#token);
      else peer.close();
    }
  }

  /** Whether the node may still have its end of `peer`: it closes that itself when the publisher goes. */
  #isStillThere(peer) {
    return this.#live && peer.connectionState !== 'closed';
  }

  #wasLive() {
    return performance.now() - this.#liveUntil < RECENTLY_MS;
  }

  #tell(state, problem = null) {
    if (!this.#stopped) this.#onState(state, problem);
  }

  /** A pause that news can end. */
  #rest(state, milliseconds, problem) {
    this.#tell(state, problem);
    return this.#pause.for(milliseconds);
  }
}
