import { problemOf, reach } from '../api.js';
import { followEdge, targetFor } from './edge.js';
import { loaderAhead } from './parts.js';

const PATIENCE_MS = 8_000; // without a picture or a sound, after which a player counts as broken

/** Loads hls.js, which is large, only when it is needed; null where the browser cannot use it. */
async function library() {
  const { default: Hls } = await import('../vendor/hls-1.7.4.js');
  return Hls.isSupported() ? Hls : null;
}

/** Where the session is played by HTTP, and the round trip in milliseconds. Throws a `Problem`. */
export async function playableOf(sessionId, token, signal) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const response = await reach(`/api/v1/sessions/${encodeURIComponent(sessionId)}/hls`, { headers, signal });
  if (!response.ok) throw await problemOf(response);
  return response.json();
}

/** The playlist of the sound alone, in a codec that this browser plays. */
export function soundOf({ playlist, audio }) {
  const opus = audio.includes('opus') && MediaSource.isTypeSupported('audio/mp4; codecs="opus"');
  return playlist.replace('main.m3u8', `${opus ? 'opus' : audio.at(-1)}/live.m3u8`);
}

/** The number of the newest part that the playlists tell of, at ten parts a segment. */
const newestOf = (hls) => {
  const details = hls?.latestLevelDetails;
  return details ? details.lastPartSn * 10 + details.lastPartIndex : 0;
};

/** The shortest of a few round trips to `url`, in milliseconds. */
export async function roundTripTo(url) {
  let shortest = Infinity;
  for (let i = 0; i < 3; i += 1) {
    const asked = performance.now();
    await fetch(url, { cache: 'no-store' }).then((response) => response.text(), () => null);
    shortest = Math.min(shortest, performance.now() - asked);
  }
  return shortest;
}

/** Plays `url` in `video` with hls.js: live near the edge, or from the beginning. */
export class HlsPlayer {
  #stopFollowing = () => {};
  #timer = 0;
  hls = null;

  /** `onLost(reason)` is called once, when nothing comes any more. `roundTripMs` is for live playlists only. */
  async play(video, url, { live, roundTripMs = 0, onPlaying, onLost }) {
    const Hls = await library();
    if (!Hls) return onLost('unsupported');
    const target = targetFor(roundTripMs);
    const hls = (this.hls = new Hls({
      lowLatencyMode: true,
      enableWorker: false, // nothing is remultiplexed, and the page's policy allows no worker
      maxLiveSyncPlaybackRate: 1, // `followEdge` does it
      liveSyncOnStallIncrease: 0, // the target is chosen by what the way is like, not by one bad moment
      backBufferLength: 60,
      fLoader: loaderAhead(Hls.DefaultConfig.loader, () => newestOf(this.hls)),
      ...(live && { liveSyncDuration: target, liveMaxLatencyDuration: target + 5 }),
    }));
    this.#timer = setTimeout(() => onLost('silent'), PATIENCE_MS);
    const playing = () => {
      clearTimeout(this.#timer);
      this.#timer = 0;
      onPlaying();
    };
    video.addEventListener('playing', playing, { once: true });
    hls.on(Hls.Events.ERROR, (_, { fatal, type }) => {
      if (!fatal) return;
      if (type === Hls.ErrorTypes.MEDIA_ERROR && this.#timer === 0) hls.recoverMediaError();
      else onLost(type);
    });
    if (live) this.#stopFollowing = followEdge(hls, video, () => hls.targetLatency ?? target);
    hls.loadSource(url);
    hls.attachMedia(video);
    return undefined;
  }

  /** Frees the video element. */
  stop() {
    clearTimeout(this.#timer);
    this.#stopFollowing();
    this.hls?.destroy();
    this.hls = null;
  }
}
