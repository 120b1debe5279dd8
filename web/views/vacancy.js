import { token } from '../account.js';
import { request } from '../api.js';
import { dateIn, readerZone } from '../clock.js';
import { countryName, inLanguage, languageName, named, number, t } from '../i18n.js';
import { Field } from '../parts/field.js';
import { explain, Pending, RegisterFirst } from '../parts/notice.js';
import { Prose, Words } from '../parts/words.js';
import { useResource } from '../resource.js';
import { href } from '../router.js';
import { useStore } from '../store.js';
import { html, useRef, useState } from '../view.js';

/** One vacancy, and the way to apply for it. */
export function Vacancy({ id }) {
  const { value: vacancy, problem, reload } = useResource(
    (signal) => request(`/vacancies/${encodeURIComponent(id)}`, { signal }), [id]);
  if (problem || !vacancy) return html`<${Pending} problem=${problem} onRetry=${reload} />`;
  return html`
    <div class="page detail">
      <article>
        <p class="eyebrow"><${Words} text=${vacancy.organisation_name} /></p>
        <h1><${Words} text=${vacancy.title} /></h1>
        <dl class="facts">
          <div><dt>${t('vacancy.openings')}</dt>
            <dd>${vacancy.openings === 'unlimited' ? t('openings.unlimited') : number(vacancy.openings)}</dd></div>
          <div><dt>${t('facet.employment')}</dt><dd>${named('employment', vacancy.employment)}</dd></div>
          <div><dt>${t('vacancy.place')}</dt>
            <dd>${[inLanguage(vacancy.city), countryName(vacancy.country)].filter(Boolean).join(' · ')}</dd></div>
          <div><dt>${t('facet.sector')}</dt><dd>${named('sector', vacancy.sector)}</dd></div>
          ${vacancy.salary && html`<div><dt>${t('vacancy.salary')}</dt><dd>${vacancy.salary}</dd></div>`}
          ${vacancy.languages?.length > 0 && html`
            <div><dt>${t('vacancy.languages')}</dt><dd>${vacancy.languages.map(languageName).join(' · ')}</dd></div>`}
          ${vacancy.closes_at && html`
            <div><dt>${t('vacancy.closes')}</dt><dd>${dateIn(readerZone, vacancy.closes_at)}</dd></div>`}
        </dl>
        <${Prose} text=${vacancy.description} />
      </article>
      <aside class="panel">
        <h2>${t('vacancy.apply')}</h2>
        <${Application} vacancy=${vacancy} />
      </aside>
    </div>`;
}

function Application({ vacancy }) {
  const signedIn = useStore(token);
  const [message, setMessage] = useState('');
  const [state, setState] = useState({ sent: false, busy: false, problem: null });
  const key = useRef(crypto.randomUUID()); // the same for every retry, so that two clicks are one application
  if (vacancy.status === 'closed') return html`<p>${t('vacancy.closed')}</p>`;
  if (!signedIn) return html`<${RegisterFirst}>${t('vacancy.register')}<//>`;
  if (state.sent) {
    return html`<p class="notice good" role="status">${t('vacancy.sent')}</p>
      <p><a href=${href('applications')}>${t('nav.applications')}</a></p>`;
  }
  const send = async (event) => {
    event.preventDefault();
    setState({ sent: false, busy: true, problem: null });
    try {
      await request(`/vacancies/${vacancy.id}/applications`, { method: 'POST', key: key.current, body: { message } });
      setState({ sent: true, busy: false, problem: null });
    } catch (problem) {
      if (problem.status !== 0) key.current = crypto.randomUUID(); // answered: what comes next is a new request
      setState({ sent: false, busy: false, problem });
    }
  };
  return html`
    <form onSubmit=${send}>
      <${Field} name="message" label=${t('vacancy.message')} hint=${t('vacancy.message.hint')} optional=${true}
        control=${(attributes) => html`
          <textarea ...${attributes} rows="6" maxlength="20000" value=${message}
            onInput=${(event) => setMessage(event.target.value)} />`} />
      ${state.problem && html`<p class="notice bad" role="alert">${explain(state.problem)}</p>`}
      <button class="button wide" disabled=${state.busy}>${t('vacancy.send')}</button>
    </form>`;
}
