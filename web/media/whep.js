import { connected, dismiss, exchange, lost, newPeer } from './exchange.js';

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 8_000;
const EMPTY_STAGE_MS = 15_000; // only in case the news does not come
const FINAL = [401, 403, 404]; // asking again gives the same answer

/**
 * Watches one session until stopped. `onState(state, problem)` tells of every step, `onStream(stream)` of the media.
 *
 *     connecting → live → reconnecting → live …
 *         ├→ waiting       the stage is empty; `wake()` tries at once
 *         └→ refused       the session is unknown or closed to this viewer
 */
export class Viewer {
  #endpoint;
  #token;
  #onState;
  #onStream;
  #stopped = false;
  #connection = new AbortController();
  #wake = () => {};
  peer = null;

  constructor(sessionId, { token, onState, onStream }) {
    this.#endpoint = `/api/v1/sessions/${encodeURIComponent(sessionId)}/whep`;
    this.#token = token;
    this.#onState = onState;
    this.#onStream = onStream;
  }

  /** Runs until `stop()` or a refusal. Without a reason to expect a picture now (`live`), it waits for `wake()` first. */
  async run(live) {
    let failures = 0;
    this.#tell(live ? 'connecting' : 'waiting');
    if (!live) await this.#pause(EMPTY_STAGE_MS);
    while (!this.#stopped) {
      try {
        await this.#watchOnce();
        failures = 0; // it was live: the first attempt to come back needs no delay
        this.#tell('reconnecting');
      } catch (problem) {
        if (FINAL.includes(problem.status)) return this.#tell('refused', problem);
        const empty = problem.status === 409;
        failures = empty ? 0 : failures + 1;
        this.#tell(empty ? 'waiting' : 'reconnecting', problem);
        await this.#pause(problem.retryAfter * 1_000 || (empty ? EMPTY_STAGE_MS : backoff(failures)));
      }
    }
  }

  /** Tries again now instead of later: news came that the session is live. */
  wake() {
    this.#wake();
  }

  /** Gives up the present connection for a new one: news came that its publisher is gone. */
  rejoin() {
    this.#connection.abort();
  }

  /** Leaves the session. */
  stop() {
    this.#stopped = true;
    this.#connection.abort();
    this.#wake();
  }

  /** One connection, from the offer until it is lost. */
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
    } finally {
      if (resource) dismiss(resource, this.#token);
      peer.close();
    }
  }

  #tell(state, problem = null) {
    if (!this.#stopped) this.#onState(state, problem);
  }

  #pause(milliseconds) {
    return new Promise((done) => {
      this.#wake = done;
      setTimeout(done, milliseconds);
    });
  }
}

const backoff = (failures) => Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS);
