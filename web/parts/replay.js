import { t } from '../i18n.js';
import { HlsPlayer, playableOf } from '../media/hls.js';
import { useResource } from '../resource.js';
import { html, useEffect, useRef, useState } from '../view.js';

/** The screen of a session that is over: its recording, where there is one. */
export function Replay({ session, token }) {
  const { value: playable } = useResource((signal) => recordingOf(session.id, token, signal), [session.id]);
  const [playing, setPlaying] = useState(false);
  return html`
    <div class="screen" data-state=${playing ? 'replay' : 'ended'}>
      ${playing
        ? html`<${Recording} playable=${playable} onLost=${() => setPlaying(false)} />`
        : html`
          <div class="slate" role="status">
            <p class="slate-title">${t('screen.ended')}</p>
            ${playable && html`
              <button type="button" class="button" onClick=${() => setPlaying(true)}>${t('screen.replay')}</button>`}
          </div>`}
    </div>
    ${playable && html`
      <p class="beside-screen"><a href=${playable.download} download>${t('screen.download')}</a></p>`}`;
}

/** The browser's own controls are here: what is recorded can be stopped and searched. */
function Recording({ playable, onLost }) {
  const video = useRef(null);
  useEffect(() => {
    const player = new HlsPlayer();
    const heard = { onPlaying: () => video.current?.focus(), onLost };
    player.play(video.current, playable.replay, { live: false, ...heard });
    return () => player.stop();
  }, [playable]);
  return html`<video ref=${video} controls autoplay playsinline aria-label=${t('watch.recording')} />`;
}

/** What can be played again; null where nothing was recorded. */
async function recordingOf(id, token, signal) {
  try {
    const playable = await playableOf(id, token, signal);
    return playable.seconds > 0 ? playable : null;
  } catch (problem) {
    if (problem.name === 'AbortError') throw problem;
    return null;
  }
}
