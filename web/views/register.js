import { signIn, token } from '../account.js';
import { fieldErrors, request } from '../api.js';
import { readerZone } from '../clock.js';
import { codesOf, language, named, t } from '../i18n.js';
import { Field, Select } from '../parts/field.js';
import { explain } from '../parts/notice.js';
import { PersonFields } from '../parts/person-fields.js';
import { go } from '../router.js';
import { html, useEffect, useRef, useState } from '../view.js';

const EMPTY_PROJECT = { sector: '', stage: '', title: { zh: '', en: '' }, abstract: { zh: '', en: '' } };

function emptyForm() {
  return {
    email: '', name: '', country: '', time_zone: readerZone, mode: 'online', sectors: [],
    languages: [language.get()], withProject: false, project: EMPTY_PROJECT,
  };
}

/** Registration of an attendee, with a project or without. */
export function Register() {
  const [form, setForm] = useState(emptyForm);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const key = useRef({ content: '', value: '' });
  const firstWrong = useRef(null);
  const errors = problem ? fieldErrors(problem) : new Map();

  useEffect(() => {
    firstWrong.current?.querySelector('[aria-invalid], .wrong input')?.focus();
  }, [problem]);

  const send = async (event) => {
    event.preventDefault();
    setBusy(true);
    const body = attendeeOf(form);
    try {
      const answer = await request('/attendees', { method: 'POST', body, key: keyFor(key.current, body), token: null });
      signIn(answer.token);
      go('me');
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };

  return html`
    <div class="page narrow">
      <h1>${t('register.title')}</h1>
      <p class="lead">${t('register.lead')}</p>
      <form class="form" ref=${firstWrong} onSubmit=${send} novalidate>
        <${PersonFields} form=${form} errors=${errors} onChange=${setForm} withEmail=${true} />
        <label class="check">
          <input type="checkbox" name="withProject" checked=${form.withProject}
            onChange=${(event) => setForm({ ...form, withProject: event.target.checked })} />
          <span>${t('register.withProject')}</span>
        </label>
        ${form.withProject && html`
          <${ProjectFields} project=${form.project} errors=${errors}
            onChange=${(project) => setForm({ ...form, project })} />`}
        ${problem && html`<p class="notice bad" role="alert">${errors.size > 0 ? t('form.fix') : explain(problem)}</p>`}
        <button class="button large" disabled=${busy}>${t('register.send')}</button>
      </form>
      <${Returning} />
    </div>`;
}

/** One idempotency key per content: a retry repeats it, a correction gets a new one. */
function keyFor(key, body) {
  const content = JSON.stringify(body);
  if (key.content !== content) Object.assign(key, { content, value: crypto.randomUUID() });
  return key.value;
}

/** The form as the API takes it. */
function attendeeOf({ withProject, project, ...person }) {
  if (!withProject) return person;
  const { stage, ...rest } = { ...project, title: filled(project.title), abstract: filled(project.abstract) };
  return { ...person, projects: [stage ? { ...rest, stage } : rest] };
}

/** The languages of a bilingual text that were written; an empty string where none was. */
function filled(text) {
  const written = Object.entries(text).filter(([, words]) => words.trim());
  return written.length > 0 ? Object.fromEntries(written) : '';
}

function ProjectFields({ project, errors, onChange }) {
  const set = (name) => (value) => onChange({ ...project, [name]: value });
  const options = (family) => codesOf(family).map((code) => [code, named(family, code)]);
  const errorOf = (name, code) => // an error of the whole text stands at the language of the page
    errors.get(`projects.0.${name}.${code}`) ?? (code === language.get() ? errors.get(`projects.0.${name}`) : null);
  const written = (name, code, control) => html`
    <${Field} name="projects.0.${name}.${code}" label=${t(`register.${name}.${code}`)}
      error=${errorOf(name, code)}
      control=${(attributes) => control({
        ...attributes, lang: code === 'zh' ? 'zh-CN' : 'en', value: project[name][code],
        onInput: (event) => set(name)({ ...project[name], [code]: event.target.value }),
      })} />`;
  const line = (attributes) => html`<input type="text" maxlength="300" ...${attributes} />`;
  const text = (attributes) => html`<textarea rows="5" maxlength="20000" ...${attributes} />`;
  const choice = (family) => html`
    <${Field} name="projects.0.${family}" label=${t(`facet.${family}`)} optional=${family === 'stage'}
      error=${errors.get(`projects.0.${family}`)} control=${(attributes) => html`
        <${Select} ...${attributes} empty=${t('form.choose')} options=${options(family)} value=${project[family]}
          onChange=${set(family)} />`} />`;
  return html`
    <section class="panel project-fields" aria-label=${t('register.project')}>
      <p class="hint">${t('register.project.hint')}</p>
      <div class="pair">${written('title', 'zh', line)}${written('title', 'en', line)}</div>
      <div class="pair">${written('abstract', 'zh', text)}${written('abstract', 'en', text)}</div>
      <div class="pair">${choice('sector')}${choice('stage')}</div>
    </section>`;
}

/** For those who registered elsewhere, or were given a token. */
function Returning() {
  const [text, setText] = useState('');
  const enter = (event) => {
    event.preventDefault();
    signIn(text.trim());
    go('me');
  };
  return html`
    <details class="returning">
      <summary>${t('register.returning')}</summary>
      <form onSubmit=${enter}>
        <${Field} name="token" label=${t('register.token')} control=${(attributes) => html`
          <input type="password" autocomplete="off" required ...${attributes} value=${text}
            onInput=${(event) => setText(event.target.value)} />`} />
        <button class="button quiet">${t('register.enter')}</button>
      </form>
    </details>`;
}
