import { keepPresenterToken, publishingToken, token } from '../account.js';
import { request } from '../api.js';
import { t } from '../i18n.js';
import { Presenter } from '../media/whip.js';
import { Figures } from '../parts/figures.js';
import { explain, Pending, RegisterFirst } from '../parts/notice.js';
import { Camera } from '../parts/camera.js';
import { Hours } from '../parts/times.js';
import { KindBadge, LiveMark, Words } from '../parts/words.js';
import { loadSession, programme } from '../programme.js';
import { useResource } from '../resource.js';
import { href, replace } from '../router.js';
import { useStore } from '../store.js';
import { html, useEffect, useRef, useState } from '../view.js';

/** The presenter's side of one session: camera, microphone, on air. */
export function Present({ id, query }) {
  const given = query.get('token');
  useEffect(() => {
    if (!given) return;
    keepPresenterToken(id, given);
    replace(`present/${id}`); // a token must not stay in the address bar or the history
  }, [given]);
  useStore(token);
  const { sessions } = useStore(programme);
  const { problem, reload } = useResource(() => loadSession(id), [id]);
  const session = sessions.get(id);
  if (given) return null;
  if (!session) return html`<${Pending} problem=${problem} onRetry=${reload} />`;
  return html`
    <div class="page present">
      <header>
        <p class="marks"><${KindBadge} kind=${session.kind} />${session.live && html`<${LiveMark} />`}</p>
        <h1><${Words} text=${session.title} /></h1>
        <${Hours} session=${session} />
      </header>
      ${publishingToken(id) ? html`<${Studio} session=${session} />` : html`<${NoToken} />`}
    </div>`;
}

const NoToken = () => html`
  <div class="notice">
    <${RegisterFirst}>${t('present.noToken')}<//>
  </div>`;

function Studio({ session }) {
  const [stream, setStream] = useState(null);
  const [{ phase, problem }, setState] = useState({ phase: 'off', problem: null });
  const presenter = useRef(null);
  useEffect(() => () => presenter.current?.stop(), []);

  const start = () => {
    presenter.current = new Presenter(session.id, {
      token: publishingToken(session.id),
      stream,
      onState: (next, why) => setState({ phase: next, problem: why }),
    });
    presenter.current.run();
  };
  const stop = () => {
    presenter.current?.stop();
    setState({ phase: 'off', problem: null });
  };
  const busy = phase !== 'off';
  const over = session.status === 'ended';

  return html`
    <div class="studio">
      <${Camera} onStream=${setStream} locked=${busy} onAir=${phase === 'on'} />
      <section class="desk" aria-label=${t('present.desk')}>
        <p class="desk-state" role="status" data-phase=${phase}>${t(`present.phase.${phase}`)}</p>
        ${problem && html`<p class="notice bad" role="alert">${whyNot(problem)}</p>`}
        ${busy
          ? html`<button type="button" class="button wide" onClick=${stop}>${t('present.stop')}</button>`
          : html`
            <button type="button" class="button live wide" disabled=${!stream || over} onClick=${start}>
              ${t('present.start')}
            </button>`}
        ${phase === 'on' && html`<${Figures} peer=${presenter.current.peer} direction="outbound" />`}
        <p class="hint">${t('present.hint')}</p>
        <p><a href=${href(`watch/${session.id}`)} target="_blank" rel="noopener">${t('present.see')}</a></p>
        <${End} session=${session} onEnd=${stop} />
      </section>
    </div>`;
}

/** Ends the session for everybody, after one question. */
function End({ session, onEnd }) {
  const [asking, setAsking] = useState(false);
  const [problem, setProblem] = useState(null);
  const end = async () => {
    onEnd();
    try {
      await request(`/sessions/${session.id}/end`, { method: 'POST', token: publishingToken(session.id) });
      await loadSession(session.id);
    } catch (error) {
      setProblem(error);
    }
    setAsking(false);
  };
  if (session.status !== 'started') return null;
  return html`
    <div class="end">
      ${asking
        ? html`<p>${t('present.end.sure')}</p>
            <button type="button" class="button quiet" onClick=${end}>${t('present.end.yes')}</button>
            <button type="button" class="button plain" onClick=${() => setAsking(false)}>${t('form.cancel')}</button>`
        : html`
          <button type="button" class="button plain" onClick=${() => setAsking(true)}>${t('present.end')}</button>`}
      ${problem && html`<p class="error" role="alert">${explain(problem)}</p>`}
    </div>`;
}

function whyNot(problem) {
  if (problem.status === 401) return t('present.unauthenticated');
  if (problem.status === 403) return t('present.forbidden');
  if (problem.status === undefined) return t('present.noConnection');
  return explain(problem);
}
