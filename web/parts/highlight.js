import { html } from '../view.js';

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'", '#x2F': '/' };

/**
 * Text that the server escaped and marked with `<mark>`, as nodes. Only those two tags mean anything;
 * everything else becomes text, whatever it looks like, so nothing here is ever parsed as HTML.
 */
export function Marked({ text }) {
  return text.split(/<mark>(.*?)<\/mark>/s).map((piece, position) =>
    position % 2 ? html`<mark>${unescaped(piece)}</mark>` : unescaped(piece));
}

const unescaped = (text) => text.replace(/&([a-z]+|#\w+);/gi, (entity, name) => ENTITIES[name] ?? entity);
