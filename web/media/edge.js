/**
 * Keeps a live player near the edge: a little faster when it is behind its target and has enough in its buffer, at
 * normal speed otherwise. The target is further back where the way to the server is long.
 */
const EVERY_MS = 250;
const NEAR = 0.06; // s from the target that are near enough
const SPARE = 0.25; // s of buffer that a faster player must keep
const FASTER = 1.08; // nobody hears it
const MUCH_FASTER = 1.2; // for a second or more behind the target

/** Follows the edge with `hls` on `video` until the function that it answers is called. `target` in seconds. */
export function followEdge(hls, video, target) {
  const step = () => {
    const { buffered, currentTime } = video;
    const ahead = buffered.length ? buffered.end(buffered.length - 1) - currentTime : 0;
    const late = hls.latency - target();
    video.playbackRate = late > NEAR && ahead > SPARE ? (late > 1 ? MUCH_FASTER : FASTER) : 1;
  };
  const timer = setInterval(step, EVERY_MS);
  return () => {
    clearInterval(timer);
    video.playbackRate = 1;
  };
}

/** Seconds behind live that a round trip of so many milliseconds allows: three parts, and to repair some. */
export const targetFor = (roundTripMs) => Math.min(0.63 + (4.5 * roundTripMs) / 1_000, 1.6);
