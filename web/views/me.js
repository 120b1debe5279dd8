import { signOut, token } from '../account.js';
import { fieldErrors, request } from '../api.js';
import { t } from '../i18n.js';
import { explain, Loading, ProblemNotice, RegisterFirst } from '../parts/notice.js';
import { PersonFields } from '../parts/person-fields.js';
import { Words } from '../parts/words.js';
import { useResource } from '../resource.js';
import { go, href } from '../router.js';
import { useStore } from '../store.js';
import { html, useEffect, useState } from '../view.js';

const EDITABLE = ['name', 'country', 'languages', 'time_zone', 'mode', 'sectors'];

/** The reader's own page: what they registered, their projects, and the way out. */
export function Me() {
  const signedIn = useStore(token);
  const { value: me, problem, reload } = useResource(
    (signal) => (signedIn ? request('/me', { signal }) : Promise.resolve(null)), [signedIn]);
  const leave = () => {
    signOut();
    go('programme');
  };
  if (!signedIn) {
    return html`<div class="page narrow"><h1>${t('me.title')}</h1><${RegisterFirst}>${t('me.none')}<//></div>`;
  }
  return html`
    <div class="page narrow">
      <h1>${me ? t('me.welcome', { name: me.name }) : t('me.title')}</h1>
      ${problem && html`<${ProblemNotice} problem=${problem} onRetry=${reload} />`}
      ${!me && !problem && html`<${Loading} />`}
      <p class="actions">
        <a class="button quiet" href=${href('applications')}>${t('nav.applications')}</a>
        <button type="button" class="button plain" onClick=${leave}>${t('me.leave')}</button>
      </p>
      ${me && html`
        <${Projects} projects=${me.projects ?? []} />
        <${Edit} me=${me} onSaved=${reload} />`}
    </div>`;
}

function Projects({ projects }) {
  if (projects.length === 0) return null;
  return html`
    <section>
      <h2>${t('me.projects')}</h2>
      <ol class="rows" role="list">${projects.map(({ id }) => html`<${ProjectLine} key=${id} id=${id} />`)}</ol>
    </section>`;
}

function ProjectLine({ id }) {
  const { value } = useResource((signal) => request(`/projects/${id}`, { signal }), [id]);
  const title = value ? html`<${Words} text=${value.title} />` : '…';
  return html`<li><h3><a href=${href(`projects/${id}`)}>${title}</a></h3></li>`;
}

function Edit({ me, onSaved }) {
  const [form, setForm] = useState(me);
  const [state, setState] = useState({ saved: false, problem: null });
  useEffect(() => setForm(me), [me.version]);
  const errors = state.problem ? fieldErrors(state.problem) : new Map();
  const save = async (event) => {
    event.preventDefault();
    const changes = Object.fromEntries(EDITABLE.map((name) => [name, form[name] ?? []]));
    try {
      await request('/me', { method: 'PATCH', body: changes });
      setState({ saved: true, problem: null });
      onSaved();
    } catch (problem) {
      setState({ saved: false, problem });
    }
  };
  return html`
    <section>
      <h2>${t('me.edit')}</h2>
      <form class="form" onSubmit=${save} novalidate>
        <p class="hint">${me.email}</p>
        <${PersonFields} form=${form} errors=${errors} onChange=${setForm} />
        ${state.problem && html`
          <p class="notice bad" role="alert">${errors.size > 0 ? t('form.fix') : explain(state.problem)}</p>`}
        ${state.saved && html`<p class="notice good" role="status">${t('me.saved')}</p>`}
        <button class="button">${t('me.save')}</button>
      </form>
    </section>`;
}
