import { timeIn, readerZone } from '../clock.js';
import { language, t } from '../i18n.js';
import { hearCaptions } from '../media/captions.js';
import { figuresOf, figuresOfPlayer } from '../media/figures.js';
import { Watching } from '../media/watching.js';
import { html, useEffect, useRef, useState } from '../view.js';
import { Controls } from './controls.js';
import { Figures } from './figures.js';
import { explain } from './notice.js';
import { Replay } from './replay.js';

/** The screen of a session: plays it when it is live, says what it waits for when it is not, and replays it after. */
export function Screen({ session, token }) {
  return session.status === 'ended'
    ? html`<${Replay} session=${session} token=${token} />`
    : html`<${Live} session=${session} token=${token} />`;
}

function Live({ session, token }) {
  const video = useRef(null);
  const frame = useRef(null);
  const watching = useRef(null);
  const [{ state, way, problem }, setState] = useState({ state: 'connecting', way: 'whep', problem: null });
  const [chosen, setChosen] = useState('');
  const [captioned, setCaptioned] = useState(false);

  useEffect(() => {
    const watched = { id: session.id, token, live: session.live };
    watching.current = new Watching(watched, { video: video.current, onState: setState });
    watching.current.start();
    return () => watching.current.stop();
  }, [session.id]);

  useEffect(() => watching.current?.expect(session.live), [session.live]);

  const choose = (next) => {
    setChosen(next);
    watching.current.choose(next || null);
  };
  const source = way === 'whep' ? watching.current?.viewer : watching.current?.player;
  const measure = (before) => (way === 'whep'
    ? figuresOf(source.peer, 'inbound', before)
    : figuresOfPlayer(source, video.current, before));
  return html`
    <div class="screen" ref=${frame} data-state=${state} data-way=${way}>
      <video ref=${video} autoplay playsinline muted aria-label=${t('watch.video')} />
      ${way === 'sound' && state === 'live' && html`<p class="sound-only">${t('screen.soundOnly')}</p>`}
      ${captioned && html`<${Captions} session=${session} token=${token} />`}
      <${Slate} state=${state} session=${session} problem=${problem} />
      ${state === 'live' && html`
        <${Controls} video=${video} frame=${frame} captioned=${captioned} onCaptions=${setCaptioned} />`}
    </div>
    <div class="beside-screen">
      ${state === 'live' && source && html`<${Figures} measure=${measure} subject=${source.peer ?? source} />`}
      ${state !== 'refused' && html`<${Way} chosen=${chosen} onChoose=${choose} />`}
    </div>`;
}

/** How the session reaches this page: chosen by itself, or by the viewer. */
function Way({ chosen, onChoose }) {
  const ways = [['', t('way.auto')], ['whep', t('way.whep')], ['hls', t('way.hls')], ['sound', t('way.sound')]];
  return html`
    <label class="way">${t('way.label')}
      <select onChange=${(event) => onChoose(event.target.value)}>
        ${ways.map(([code, text]) => html`
          <option key=${code} value=${code} selected=${code === chosen}>${text}</option>`)}
      </select>
    </label>`;
}

/** The words that are spoken now, where somebody writes them. */
function Captions({ session, token }) {
  const [text, setText] = useState('');
  useEffect(() => {
    const abort = new AbortController();
    hearCaptions({ id: session.id, token }, language.get(), abort.signal, setText);
    return () => abort.abort();
  }, [session.id]);
  return html`<p class="caption" aria-live="polite">${text && html`<span>${text}</span>`}</p>`;
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
