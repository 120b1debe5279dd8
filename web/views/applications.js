import { token } from '../account.js';
import { everyItem, request } from '../api.js';
import { dateIn, readerZone } from '../clock.js';
import { t } from '../i18n.js';
import { Empty, explain, Loading, ProblemNotice, RegisterFirst } from '../parts/notice.js';
import { Words } from '../parts/words.js';
import { useResource } from '../resource.js';
import { href } from '../router.js';
import { useStore } from '../store.js';
import { html, useState } from '../view.js';

/** The reader's own applications, newest first. */
export function Applications() {
  const signedIn = useStore(token);
  const { value, problem, loading, reload } = useResource(
    (signal) => (signedIn ? everyItem('/me/applications', signal) : Promise.resolve([])), [signedIn]);
  if (!signedIn) {
    return html`
      <div class="page narrow"><h1>${t('applications.title')}</h1><${RegisterFirst}>${t('vacancy.register')}<//></div>`;
  }
  return html`
    <div class="page narrow">
      <h1>${t('applications.title')}</h1>
      ${problem && html`<${ProblemNotice} problem=${problem} onRetry=${reload} />`}
      ${!value && loading && html`<${Loading} />`}
      ${value?.length === 0 && html`
        <${Empty}>${t('applications.none')} <a href=${href('vacancies')}>${t('nav.vacancies')}</a><//>`}
      <ol class="rows" role="list">
        ${value?.map((application) => html`
          <${Row} key=${application.id} application=${application} onChange=${reload} />`)}
      </ol>
    </div>`;
}

function Row({ application, onChange }) {
  const [problem, setProblem] = useState(null);
  const withdraw = async () => {
    try {
      await request(`/applications/${application.id}`, { method: 'DELETE' });
      onChange();
    } catch (error) {
      setProblem(error);
    }
  };
  return html`
    <li data-application=${application.id}>
      <div>
        <h2>
          <a href=${href(`vacancies/${application.vacancy_id}`)}><${Words} text=${application.vacancy_title} /></a>
        </h2>
        <p class="place">${t('applications.sent', { date: dateIn(readerZone, application.submitted_at) })}</p>
        ${problem && html`<p class="error" role="alert">${explain(problem)}</p>`}
      </div>
      <p class="standing">${t(`application.${application.status}`)}</p>
      ${application.status === 'submitted' && html`
        <button type="button" class="button quiet" onClick=${withdraw}>${t('applications.withdraw')}</button>`}
    </li>`;
}
