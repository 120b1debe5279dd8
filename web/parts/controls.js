import { t } from '../i18n.js';
import { html, useState } from '../view.js';

/** Sound, captions and full screen. Browsers let a page start with a picture, not with sound, so it begins muted. */
export function Controls({ video, frame, captioned, onCaptions }) {
  const [muted, setMuted] = useState(video.current.muted);
  const [volume, setVolume] = useState(video.current.volume);
  const mute = (value) => {
    video.current.muted = value;
    setMuted(value);
  };
  const turn = (event) => {
    video.current.volume = Number(event.target.value);
    setVolume(video.current.volume);
    mute(video.current.volume === 0);
  };
  const fullScreen = () =>
    document.fullscreenElement ? document.exitFullscreen() : frame.current.requestFullscreen();
  return html`
    <div class="controls">
      <button type="button" class="button on-screen" aria-pressed=${!muted} onClick=${() => mute(!muted)}>
        ${t(muted ? 'screen.unmute' : 'screen.mute')}
      </button>
      <input type="range" min="0" max="1" step="0.05" value=${muted ? 0 : volume}
        aria-label=${t('screen.volume')} onInput=${turn} />
      <span class="gap" />
      <button type="button" class="button on-screen switch" aria-pressed=${captioned}
        onClick=${() => onCaptions(!captioned)}>
        ${t('screen.captions')}
      </button>
      <button type="button" class="button on-screen" onClick=${fullScreen}>${t('screen.full')}</button>
    </div>`;
}
