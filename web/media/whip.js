import { connected, dismiss, exchange, lost, newPeer } from './exchange.js';
import { backoff, Pause } from './pause.js';

/** Enough for a speaker and slides, little enough for a hotel's uplink. */
const VIDEO_BITS_PER_SECOND = 2_500_000;

/**
 * Publishes a camera and a microphone to one session until stopped. `onState(state, problem)` tells of every step.
 *
 *     starting → on → lost → on …    once on air, it comes back by itself
 *         └→ off                     refused, or no connection: `problem` says why
 */
export class Presenter {
  #endpoint;
  #token;
  #stream;
  #onState;
  #stopping = new AbortController();
  #pause = new Pause();
  #onPageHide = () => this.stop();
  peer = null;

  constructor(sessionId, { token, stream, onState }) {
    this.#endpoint = `/api/v1/sessions/${encodeURIComponent(sessionId)}/whip`;
    this.#token = token;
    this.#stream = stream;
    this.#onState = onState;
  }

  /** Runs until `stop()`, or until the first attempt or the server's refusal ends it. */
  async run() {
    addEventListener('pagehide', this.#onPageHide);
    this.#tell('starting');
    let hasBeenOn = false;
    for (let failures = 0; !this.#stopped; failures += 1) {
      try {
        await this.#publishOnce(() => {
          hasBeenOn = true;
          failures = 0;
        });
        this.#tell('lost');
      } catch (problem) {
        const refused = problem.status >= 400 && problem.status < 500;
        if (refused || !hasBeenOn) {
          this.#tell('off', problem);
          return this.stop();
        }
      }
      await this.#pause.for(backoff(failures));
    }
  }

  /** Goes off air; also when the page is closed. */
  stop() {
    removeEventListener('pagehide', this.#onPageHide);
    this.#stopping.abort();
    this.#pause.end();
  }

  get #stopped() {
    return this.#stopping.signal.aborted;
  }

  /** One connection, from the offer until it is lost or stopped. */
  async #publishOnce(onAir) {
    const peer = (this.peer = newPeer());
    for (const track of this.#stream.getTracks()) {
      const encoding = track.kind === 'video' ? { maxBitrate: VIDEO_BITS_PER_SECOND } : {};
      peer.addTransceiver(track, { direction: 'sendonly', streams: [this.#stream], sendEncodings: [encoding] });
    }
    let resource = null;
    try {
      resource = await exchange(peer, this.#endpoint, this.#token, this.#stopping.signal);
      await connected(peer);
      onAir();
      this.#tell('on');
      await lost(peer, this.#stopping.signal);
    } finally {
      if (resource && this.#stopped) this.#leave(peer, resource);
      else peer.close();
    }
  }

  /** Silence at once, whatever the network does; then the polite end. */
  #leave(peer, resource) {
    peer.getSenders().forEach((sender) => sender.replaceTrack(null));
    dismiss(peer, resource, this.#token);
  }

  #tell(state, problem = null) {
    if (!this.#stopped) this.#onState(state, problem);
  }
}
