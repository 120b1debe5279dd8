import { request } from '../api.js';
import { named, t } from '../i18n.js';
import { html, useEffect, useRef, useState } from '../view.js';

const SEARCH_PAUSE_MS = 250;
const SUGGEST_PAUSE_MS = 80;
const MAX_TYPED = 100;
const CLOSED = { items: [], active: -1 };

/**
 * The search box: a combobox with a list (WAI-ARIA 1.2). It keeps what is typed; the question changes when the typing
 * pauses, or when a suggestion is taken. `onChange(text)` gets the question.
 */
export function SearchBox({ text, label, type, onChange }) {
  const [typed, setTyped] = useState(text);
  const timer = useRef(0);
  useEffect(() => setTyped(text), [text]);
  const search = (question) => {
    clearTimeout(timer.current);
    setTyped(question);
    onChange(question.trim());
  };
  const list = useSuggestions(type, search);
  const onType = (event) => {
    const { value } = event.target;
    setTyped(value);
    clearTimeout(timer.current);
    if (event.isComposing) return; // pinyin is not yet Chinese
    list.ask(value);
    timer.current = setTimeout(onChange, SEARCH_PAUSE_MS, value.trim());
  };
  const onSubmit = (event) => {
    event.preventDefault();
    list.close();
    search(typed);
  };
  const { items, active } = list;
  return html`
    <form class="search-box" role="search" onSubmit=${onSubmit}>
      <label class="unseen" for="q">${label}</label>
      <div class="combobox">
        <input id="q" type="text" inputmode="search" enterkeyhint="search" maxlength="512" placeholder=${label}
          value=${typed} autocomplete="off" role="combobox" aria-autocomplete="list" aria-controls="suggestions"
          aria-expanded=${items.length > 0} aria-activedescendant=${active < 0 ? undefined : optionId(active)}
          onInput=${onType} onCompositionEnd=${onType} onKeyDown=${list.onKey} onBlur=${list.close} />
        <${Options} list=${list} />
      </div>
      <button class="button">${t('search.go')}</button>
    </form>`;
}

const optionId = (position) => `suggestion-${position}`;

function Options({ list }) {
  const { items, active, take } = list;
  return html`
    <ul id="suggestions" role="listbox" aria-label=${t('search.suggestions')} hidden=${items.length === 0}>
      ${items.map((one, position) => html`
        <li key=${one.id} id=${optionId(position)} role="option" aria-selected=${position === active}
          onMouseDown=${(event) => { event.preventDefault(); take(one); }}>
          <span lang=${one.lang}>${one.text}</span><span class="kind">${named('type', one.type)}</span>
        </li>`)}
    </ul>`;
}

/** What the server suggests, which of it the keys have reached, and what keys do. A failure suggests nothing. */
function useSuggestions(type, onTake) {
  const [{ items, active }, setState] = useState(CLOSED);
  const pending = useRef({ timer: 0, abort: null });
  const stop = () => {
    clearTimeout(pending.current.timer);
    pending.current.abort?.abort();
  };
  const close = () => {
    stop();
    setState(CLOSED);
  };
  const load = async (text) => {
    const abort = new AbortController();
    pending.current.abort = abort;
    const parameters = new URLSearchParams({ q: text.slice(0, MAX_TYPED), ...(type ? { type } : {}) });
    try {
      const answer = await request(`/search/suggest?${parameters}`, { signal: abort.signal });
      if (!abort.signal.aborted) setState({ items: answer.items, active: -1 });
    } catch {
      if (!abort.signal.aborted) setState(CLOSED);
    }
  };
  const ask = (text) => {
    stop();
    if (text.trim()) pending.current.timer = setTimeout(load, SUGGEST_PAUSE_MS, text);
    else setState(CLOSED);
  };
  const take = (one) => {
    close();
    onTake(one.text);
  };
  const move = (step) => setState({ items, active: ((active + 1 + step + items.length + 1) % (items.length + 1)) - 1 });
  const onKey = (event) => {
    if (event.isComposing || items.length === 0) return;
    const actions = {
      ArrowDown: () => move(1),
      ArrowUp: () => move(-1),
      Escape: close,
      Enter: active >= 0 ? () => take(items[active]) : undefined,
    };
    const act = actions[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  useEffect(() => stop, []);
  return { items, active, ask, close, take, onKey };
}
