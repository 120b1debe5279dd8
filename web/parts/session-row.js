import { inLanguage, t } from '../i18n.js';
import { href } from '../router.js';
import { html } from '../view.js';
import { Hours } from './times.js';
import { KindBadge, LiveMark, Words } from './words.js';

/** One session in a programme: when, what, and whether it can be watched now. */
export function SessionRow({ session }) {
  const state = session.live ? 'live' : session.status;
  return html`
    <li class="slot ${state}" data-session=${session.id}>
      <${Hours} session=${session} />
      <div class="what">
        <p class="marks"><${KindBadge} kind=${session.kind} />${session.live && html`<${LiveMark} />`}</p>
        <h4><a href=${href(`watch/${session.id}`)}><${Words} text=${session.title} /></a></h4>
        ${session.abstract && html`<p class="abstract">${inLanguage(session.abstract)}</p>`}
      </div>
      <${Standing} session=${session} />
    </li>`;
}

function Standing({ session }) {
  if (session.live) return html`<a class="button live" href=${href(`watch/${session.id}`)}>${t('watch.join')}</a>`;
  if (session.status === 'scheduled') return null; // its hours say so
  return html`<p class="standing">${t(`status.${session.status}`)}</p>`;
}
