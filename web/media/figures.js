/**
 * What a peer connection says about itself:
 * `{ width, height, framesPerSecond, bitsPerSecond, lossPercent, roundTripMs, behindMs }`, each null where unknown.
 * `before` is the last answer of this function, for what is measured between two looks.
 */
export async function figuresOf(peer, direction, before = null) {
  const reports = [...(await peer.getStats()).values()];
  const video = reports.find(({ type, kind }) => type === `${direction}-rtp` && kind === 'video') ?? {};
  const pair = reports.find(({ type, nominated, state }) =>
    type === 'candidate-pair' && nominated && state === 'succeeded');
  const bytes = video.bytesReceived ?? video.bytesSent ?? 0;
  const seconds = before ? (video.timestamp - before.raw.timestamp) / 1_000 : 0;
  const received = video.packetsReceived ?? 0;
  const missing = video.packetsLost ?? 0;
  return {
    width: video.frameWidth ?? null,
    height: video.frameHeight ?? null,
    framesPerSecond: video.framesPerSecond ?? null,
    bitsPerSecond: seconds > 0 ? ((bytes - before.raw.bytes) * 8) / seconds : null,
    lossPercent: received + missing > 0 ? (100 * missing) / (received + missing) : null,
    roundTripMs: pair?.currentRoundTripTime === undefined ? null : pair.currentRoundTripTime * 1_000,
    behindMs: null,
    raw: { bytes, timestamp: video.timestamp },
  };
}

/** The same of a player over HTTP. Loss is that of frames; `behindMs` is how far it is behind the stage. */
export async function figuresOfPlayer({ hls }, video, before = null) {
  const { totalVideoFrames: frames, droppedVideoFrames: dropped } = video.getVideoPlaybackQuality();
  const timestamp = performance.now();
  const seconds = before ? (timestamp - before.raw.timestamp) / 1_000 : 0;
  return {
    width: video.videoWidth || null,
    height: video.videoHeight || null,
    framesPerSecond: seconds > 0 ? (frames - before.raw.frames) / seconds : null,
    bitsPerSecond: hls?.levels?.[hls.currentLevel]?.bitrate ?? null,
    lossPercent: frames > 0 ? (100 * dropped) / frames : null,
    roundTripMs: null,
    behindMs: hls?.latency > 0 ? hls.latency * 1_000 : null,
    raw: { frames, timestamp },
  };
}
