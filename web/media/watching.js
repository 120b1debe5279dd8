import { HlsPlayer, playableOf, roundTripTo, soundOf } from './hls.js';
import { backoff, Pause } from './pause.js';
import { Viewer } from './whep.js';

/** The ways to watch, best first: real time by WebRTC, some seconds late over HTTP, sound alone over HTTP. */
export const WAYS = ['whep', 'hls', 'sound'];

const SOON_MS = 7_000; // in which WebRTC connects, or never will
const FAILURES = 2; // in a row, after which the next way is tried
const PLAYED_OUT_MS = 3_000; // until what is on its way has been seen
const LOOK_AGAIN_MS = 5_000; // at a stage that was empty

/**
 * Watches one session in `video` by the best way that works, or by the one that was chosen.
 * `onState({ way, state, problem })` tells of every step, in the words of `Viewer`.
 */
export class Watching {
  #session;
  #video;
  #onState;
  #chosen = null;
  #way = 'whep';
  #failures = 0;
  #timer = 0;
  #round = new AbortController();
  #pause = new Pause();
  viewer = null;
  player = null;

  constructor(session, { video, onState }) {
    this.#session = session; // { id, token, live }
    this.#video = video;
    this.#onState = onState;
  }

  /** Begins. */
  start() {
    this.#begin(this.#chosen ?? (globalThis.RTCPeerConnection ? 'whep' : 'hls'));
  }

  /** By this way from now on; null lets it choose by itself again. */
  choose(way) {
    this.#chosen = way;
    this.#failures = 0;
    this.start();
  }

  /** News whether the session is live. */
  expect(live) {
    this.#session.live = live;
    this.viewer?.expect(live);
    if (live) this.#pause.end();
    else if (this.player) this.#timer = setTimeout(() => this.#lost(this.#round.signal), PLAYED_OUT_MS);
  }

  /** Leaves the session. */
  stop() {
    clearTimeout(this.#timer);
    this.#round.abort();
    this.#pause.end();
    this.viewer?.stop();
    this.player?.stop();
    this.viewer = this.player = null;
    this.#video.srcObject = null;
  }

  #begin(way) {
    this.stop();
    this.#way = way;
    this.#round = new AbortController();
    if (way === 'whep') this.#byPeer();
    else this.#byPlaylist(this.#round.signal);
  }

  #byPeer() {
    this.viewer = new Viewer(this.#session.id, {
      token: this.#session.token,
      live: this.#session.live,
      onState: (state, problem) => this.#peerIs(state, problem),
      onStream: (stream) => { this.#video.srcObject = stream; },
    });
    this.viewer.run();
  }

  #peerIs(state, problem) {
    clearTimeout(this.#timer);
    if (state === 'live') this.#failures = 0;
    // A problem with a status is the server's word; without one there is no way for media.
    if (state === 'reconnecting' && problem && problem.status === undefined) this.#failures += 1;
    if (!this.#chosen && this.#failures >= FAILURES) return this.#fall();
    if (state === 'connecting') this.#timer = setTimeout(() => this.#chosen || this.#fall(), SOON_MS);
    return this.#tell(state, problem);
  }

  async #byPlaylist(signal) {
    this.#tell(this.#session.live ? 'connecting' : 'waiting');
    while (!signal.aborted) {
      try {
        if (await this.#playOnce(signal)) return; // what comes later is told by `#lost`
        await this.#rest('waiting', LOOK_AGAIN_MS);
      } catch (problem) {
        if (signal.aborted) return;
        if ([401, 403, 404].includes(problem.status)) return void this.#tell('refused', problem);
        const empty = problem.status === 409;
        await this.#rest(empty ? 'waiting' : 'reconnecting', empty ? LOOK_AGAIN_MS : backoff(this.#failures++), problem);
      }
    }
  }

  /** Whether it began to play; false when nobody is on stage. */
  async #playOnce(signal) {
    const playable = await playableOf(this.#session.id, this.#session.token, signal);
    if (!playable.live) return false;
    const roundTripMs = await roundTripTo(playable.playlist);
    if (signal.aborted) return true;
    this.player?.stop();
    this.player = new HlsPlayer();
    const url = this.#way === 'sound' ? soundOf(playable) : playable.playlist;
    await this.player.play(this.#video, url, {
      live: true,
      roundTripMs,
      onPlaying: () => {
        this.#failures = 0;
        this.#tell('live');
      },
      onLost: () => signal.aborted || this.#lost(signal),
    });
    return true;
  }

  /** HTTP brought nothing for a while: the next way when it keeps failing, and otherwise the same again. */
  async #lost(signal) {
    this.player?.stop();
    this.#failures += 1;
    if (!this.#chosen && this.#session.live && this.#failures >= FAILURES) return this.#fall();
    await this.#rest(this.#session.live ? 'reconnecting' : 'waiting', backoff(this.#failures));
    return signal.aborted || this.#byPlaylist(signal);
  }

  /** To the next way; after the last the first is tried again. */
  #fall() {
    this.#failures = 0;
    this.#begin(WAYS[(WAYS.indexOf(this.#way) + 1) % WAYS.length]);
  }

  #rest(state, milliseconds, problem) {
    this.#tell(state, problem);
    return this.#pause.for(milliseconds);
  }

  #tell(state, problem = null) {
    this.#onState({ way: this.#way, state, problem });
  }
}
