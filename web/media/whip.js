import { connected, dismiss, exchange, lost, newPeer } from './exchange.js';

/** Enough for a speaker and slides, little enough for a hotel's uplink. */
const VIDEO_BITS_PER_SECOND = 2_500_000;

/** Publishes a camera and a microphone to one session. */
export class Publication {
  peer = newPeer();
  #token;
  #resource = null;
  #stopping = new AbortController();
  #onPageHide = () => this.stop();

  constructor(token) {
    this.#token = token;
  }

  /** Goes on air with the tracks of `stream`; throws a `Problem` when refused, an Error without a connection. */
  async start(sessionId, stream) {
    for (const track of stream.getTracks()) {
      const encoding = track.kind === 'video' ? { maxBitrate: VIDEO_BITS_PER_SECOND } : {};
      this.peer.addTransceiver(track, { direction: 'sendonly', streams: [stream], sendEncodings: [encoding] });
    }
    addEventListener('pagehide', this.#onPageHide);
    try {
      const endpoint = `/api/v1/sessions/${encodeURIComponent(sessionId)}/whip`;
      this.#resource = await exchange(this.peer, endpoint, this.#token, this.#stopping.signal);
      await connected(this.peer);
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  /** Resolves when the connection is lost, or `stop()` was called. */
  whenOver() {
    return lost(this.peer, this.#stopping.signal);
  }

  /** Goes off air; also when the page is closed. */
  stop() {
    removeEventListener('pagehide', this.#onPageHide);
    this.#stopping.abort();
    if (!this.#resource) return this.peer.close();
    this.peer.getSenders().forEach((sender) => sender.replaceTrack(null)); // off air now, whatever the network does
    dismiss(this.peer, this.#resource, this.#token);
    this.#resource = null;
  }
}
