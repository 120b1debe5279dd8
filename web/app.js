import { announcement } from './announce.js';
import { token } from './account.js';
import { language, speak, t } from './i18n.js';
import { follow } from './programme.js';
import { href, route } from './router.js';
import { useStore } from './store.js';
import { html, render, useEffect } from './view.js';
import { Applications } from './views/applications.js';
import { Me } from './views/me.js';
import { Present } from './views/present.js';
import { Programme } from './views/programme.js';
import { Project } from './views/project.js';
import { Register } from './views/register.js';
import { Search } from './views/search.js';
import { Vacancy } from './views/vacancy.js';
import { Watch } from './views/watch.js';

/** First part of the path → the view for `#/<part>` and, where there is one, for `#/<part>/<id>`. */
const VIEWS = {
  programme: { list: Programme },
  watch: { item: Watch },
  present: { item: Present },
  search: { list: Search },
  vacancies: { list: Search, item: Vacancy },
  projects: { item: Project },
  register: { list: Register },
  me: { list: Me },
  applications: { list: Applications },
};

const NAVIGATION = ['programme', 'search', 'vacancies'];

function App() {
  const spoken = useStore(language);
  const { path: [section = 'programme', id], query } = useStore(route);
  useEffect(() => {
    document.documentElement.lang = spoken === 'zh' ? 'zh-CN' : 'en';
  }, [spoken]);
  useEffect(() => {
    scrollTo(0, 0);
    document.title = `${t(`nav.${section}`)} · ${t('brand.name')}`;
  }, [section, id, spoken]);
  const View = VIEWS[section]?.[id === undefined ? 'list' : 'item'] ?? NotFound;
  return html`
    <a class="skip" href="#content" onClick=${skipToContent}>${t('nav.skip')}</a>
    <${Header} section=${section} />
    <main id="content" tabindex="-1" key=${`${section}/${id ?? ''}`}>
      <${View} id=${id} query=${query} section=${section} />
    </main>
    <${Footer} />
    <${Announcements} />`;
}

function Header({ section }) {
  const signedIn = useStore(token);
  const account = signedIn ? 'me' : 'register';
  const link = (name, className = '') => html`
    <a class=${className} href=${href(name)} aria-current=${section === name ? 'page' : null}>${t(`nav.${name}`)}</a>`;
  return html`
    <header class="masthead">
      <div class="masthead-inner">
        <a class="brand" href=${href('programme')}>
          <${Mark} /><span>${t('brand.name')}</span>
        </a>
        <nav class="tabs" aria-label=${t('nav.label')}>${NAVIGATION.map((name) => link(name))}</nav>
        <div class="masthead-end">
          <${LanguageSwitch} />
          ${link(account, signedIn ? 'button quiet' : 'button')}
        </div>
      </div>
    </header>`;
}

/** The sign of the conference: one venue in the middle, the others around it. */
function Mark() {
  return html`
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <circle cx="16" cy="16" r="11.5" /><circle class="core" cx="16" cy="16" r="4.5" />
      <circle class="satellite" cx="25.4" cy="9.4" r="2.6" /><circle class="satellite" cx="5.4" cy="20.6" r="2.6" />
    </svg>`;
}

/** Names the language it changes to, in that language. */
function LanguageSwitch() {
  const [code, tag, name] = language.get() === 'zh' ? ['en', 'en', 'English'] : ['zh', 'zh-CN', '中文'];
  return html`
    <button type="button" class="button plain language" lang=${tag} onClick=${() => speak(code)}>${name}</button>`;
}

function Footer() {
  return html`
    <footer class="colophon">
      <p>${t('footer.about')}</p>
      <p><a href="/docs">${t('footer.api')}</a></p>
    </footer>`;
}

/** What changes by itself, told to those who listen instead of look. */
function Announcements() {
  return html`<p class="unseen" role="status" aria-live="polite">${useStore(announcement)}</p>`;
}

function NotFound() {
  return html`
    <section class="page narrow">
      <h1>${t('missing.title')}</h1>
      <p>${t('missing.text')}</p>
      <p><a class="button" href=${href('programme')}>${t('nav.programme')}</a></p>
    </section>`;
}

/** The address is a route here, so the skip link moves the focus itself. */
function skipToContent(event) {
  event.preventDefault();
  document.getElementById('content').focus();
}

follow();
render(html`<${App} />`, document.getElementById('app'));
