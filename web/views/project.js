import { request } from '../api.js';
import { dateIn, readerZone } from '../clock.js';
import { countryName, named, t } from '../i18n.js';
import { Pending } from '../parts/notice.js';
import { Prose, Words } from '../parts/words.js';
import { useResource } from '../resource.js';
import { html } from '../view.js';

/** One project, as anyone may read it. */
export function Project({ id }) {
  const { value: project, problem, reload } = useResource(
    (signal) => request(`/projects/${encodeURIComponent(id)}`, { signal }), [id]);
  if (problem || !project) return html`<${Pending} problem=${problem} onRetry=${reload} />`;
  const fact = (term, words) => words && html`<div><dt>${term}</dt><dd>${words}</dd></div>`;
  return html`
    <article class="page narrow">
      <p class="eyebrow">
        ${project.organisation_name ? html`<${Words} text=${project.organisation_name} />` : t('type.project')}
      </p>
      <h1><${Words} text=${project.title} /></h1>
      <dl class="facts">
        ${fact(t('facet.sector'), named('sector', project.sector))}
        ${fact(t('facet.country'), countryName(project.country))}
        ${fact(t('facet.stage'), project.stage && named('stage', project.stage))}
        ${fact(t('project.seeking'), project.seeking?.map((slug) => named('seeking', slug)).join(' · '))}
        ${fact(t('form.mode'), t(`mode.${project.mode}`))}
        ${fact(t('project.submitted'), dateIn(readerZone, project.submitted_at))}
      </dl>
      <${Prose} text=${project.abstract} />
    </article>`;
}
