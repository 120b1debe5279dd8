import { token as account } from './account.js';

const ROOT = '/api/v1';

/** An answer that is not a success: RFC 9457's members, or status 0 when the server could not be reached. */
export class Problem extends Error {
  constructor({ status = 0, type = '', title = '', detail = '', field = '', errors = [], retryAfter = null } = {}) {
    super(detail || title);
    Object.assign(this, { name: 'Problem', status, type, title, detail, field, errors, retryAfter });
  }
}

/** Asks the gateway and answers the JSON of its response; throws a `Problem`, or an AbortError. */
export async function request(path, { method = 'GET', body, key, token = account.get(), signal } = {}) {
  const headers = { accept: 'application/json' };
  if (token) headers.authorization = `Bearer ${token}`;
  if (key) headers['idempotency-key'] = key;
  if (body !== undefined) headers['content-type'] = 'application/json';
  const response = await reach(ROOT + path, { method, headers, signal, body: JSON.stringify(body) });
  if (!response.ok) throw await problemOf(response);
  return response.status === 204 ? null : response.json();
}

/** `fetch`, with a `Problem` of status 0 in place of a TypeError when there is no way to the server. */
export async function reach(url, options) {
  try {
    return await fetch(url, options);
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem();
  }
}

/** The problem document of a response, or as much of one as its status tells. */
export async function problemOf(response) {
  const retryAfter = Number(response.headers.get('retry-after')) || null;
  const document = await response.json().catch(() => ({}));
  return new Problem({ ...document, status: response.status, retryAfter });
}

/** Every item of a listing, page after page. */
export async function everyItem(path, signal) {
  const items = [];
  let cursor = null;
  do {
    const joint = path.includes('?') ? '&' : '?';
    const page = await request(cursor ? `${path}${joint}cursor=${encodeURIComponent(cursor)}` : path, { signal });
    items.push(...page.items);
    cursor = page.next;
  } while (cursor);
  return items;
}

/** What a problem says about fields: a Map from a path such as "projects.0.title" to a message. */
export function fieldErrors(problem) {
  const errors = new Map();
  const add = (field, message) => field && errors.set(field.replace(/\[(\d+)\]/g, '.$1'), message);
  add(problem.field, problem.detail || problem.title);
  for (const { field, detail } of problem.errors) add(field, detail);
  return errors;
}
