import { timeIn, readerZone } from '../clock.js';
import { t } from '../i18n.js';
import { Viewer } from '../media/whep.js';
import { html, useEffect, useRef, useState } from '../view.js';
import { Figures } from './figures.js';
import { explain } from './notice.js';

/** The screen of a session: plays it when it is live, and says what it waits for when it is not. */
export function Screen({ session, token }) {
  const video = useRef(null);
  const frame = useRef(null);
  const viewer = useRef(null);
  const [{ state, problem }, setState] = useState({ state: 'connecting', problem: null });
  const over = session.status === 'ended';

  useEffect(() => {
    if (over) return undefined;
    viewer.current = new Viewer(session.id, {
      token,
      live: session.live,
      onState: (next, why) => setState({ state: next, problem: why }),
      onStream: (stream) => { video.current.srcObject = stream; },
    });
    viewer.current.run();
    return () => viewer.current.stop();
  }, [session.id, over]);

  useEffect(() => viewer.current?.expect(session.live), [session.live]);

  const shown = over ? 'ended' : state;
  return html`
    <div class="screen" ref=${frame} data-state=${shown}>
      <video ref=${video} autoplay playsinline muted aria-label=${t('watch.video')} />
      <${Slate} state=${shown} session=${session} problem=${problem} />
      ${shown === 'live' && html`<${Controls} video=${video} frame=${frame} />`}
    </div>
    ${shown === 'live' && html`<${Figures} peer=${viewer.current.peer} direction="inbound" />`}`;
}

/** What is on the screen while no picture is. */
function Slate({ state, session, problem }) {
  if (state === 'live') return html`<p class="unseen" role="status">${t('screen.live')}</p>`;
  const begins = state === 'waiting' && session.status === 'scheduled';
  return html`
    <div class="slate" role="status">
      ${state === 'connecting' || state === 'reconnecting' ? html`<span class="spinner" aria-hidden="true" />` : null}
      <p class="slate-title">${t(`screen.${state}`)}</p>
      ${begins && html`<p>${t('screen.begins', { time: timeIn(readerZone, session.starts_at) })}</p>`}
      ${state === 'refused' && html`<p>${explain(problem)}</p>`}
    </div>`;
}

/** Sound and full screen. Browsers let a page start with a picture, not with sound, so it begins muted. */
function Controls({ video, frame }) {
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
      <button type="button" class="button on-screen" onClick=${fullScreen}>${t('screen.full')}</button>
    </div>`;
}
