/**
 * Shows /openapi.json: what can be asked, with what, and what comes back. No framework, nothing from elsewhere.
 */
const api = await (await fetch('/openapi.json')).json();

/** An element with attributes and children; text is never taken for HTML. */
function element(name, attributes = {}, ...children) {
  const node = Object.assign(document.createElement(name), attributes);
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** Text in which words between backticks are code. */
const prose = (text = '') =>
  text.split('`').map((part, place) => (place % 2 ? element('code', {}, part) : part));

const resolve = (schema) =>
  schema.$ref ? { ...api.components.schemas[schema.$ref.split('/').pop()], name: schema.$ref.split('/').pop() } : schema;

/** A schema in a few words: "string, up to 300", "array of Created". */
function inWords(schema) {
  if (!schema) return '';
  if (schema.$ref) return schema.$ref.split('/').pop();
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return either.map(inWords).join(' or ');
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.type === 'array') return `array of ${inWords(schema.items) || 'anything'}`;
  const limits = [
    schema.pattern && `like ${schema.pattern}`,
    schema.minimum !== undefined && `from ${schema.minimum}`,
    schema.maximum !== undefined && `up to ${schema.maximum}`,
    schema.maxLength !== undefined && `up to ${schema.maxLength} characters`,
  ].filter(Boolean);
  return [[schema.type].flat().filter(Boolean).join(' or ') || 'anything', ...limits].join(', ');
}

const table = (rows) =>
  element('table', {}, ...rows.map(([name, ...cells]) =>
    element('tr', {}, element('th', { scope: 'row' }, name), ...cells.map((cell) => element('td', {}, ...prose(cell))))));

const parameterRows = (parameters) => parameters.map(({ name, in: place, required, schema, description }) =>
  [name, `${place}${required ? ', required' : ''}`, inWords(schema), description ?? '']);

function fieldRows(schema) {
  const { properties = {}, required = [] } = resolve(schema);
  return Object.entries(properties).map(([name, field]) =>
    [name, required.includes(name) ? 'required' : '', inWords(field), resolve(field).description ?? '']);
}

/** A titled table of the fields of a body or an answer, or just its media type. */
function shapeOf(title, content) {
  return Object.entries(content ?? {}).flatMap(([mediaType, { schema = {} }]) => {
    const rows = fieldRows(schema);
    const heading = element('h4', {}, `${title}: ${resolve(schema).name ?? ''} (${mediaType})`);
    return rows.length ? [heading, table(rows)] : [heading];
  });
}

function curl(method, path, operation) {
  const words = [`curl -X ${method} ${location.origin}${path}`];
  if (operation.security) words.push(`-H 'Authorization: Bearer $TOKEN'`);
  const [mediaType] = Object.keys(operation.requestBody?.content ?? {});
  if (mediaType) words.push(`-H 'Content-Type: ${mediaType}'`, `--data @body`);
  return words.join(' \\\n  ');
}

function article(method, path, operation) {
  const success = Object.entries(operation.responses).find(([status]) => status.startsWith('2'));
  return element('article', { id: operation.operationId },
    element('h3', { className: operation.security ? 'token' : '' }, element('span', { className: 'method' }, method), path),
    element('p', {}, ...prose(operation.description)),
    ...(operation.parameters?.length ? [element('h4', {}, 'Parameters'), table(parameterRows(operation.parameters))] : []),
    ...shapeOf('Body', operation.requestBody?.content),
    ...shapeOf(`Answer ${success?.[0] ?? ''}`, success?.[1].content),
    element('pre', {}, curl(method, path, operation)));
}

/** A shape that bodies and answers are made of. */
const shape = ([name, schema]) =>
  element('article', { id: `shape-${name}` }, element('h3', {}, name), element('p', {}, ...prose(schema.description)),
    table(fieldRows(schema)));

const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })));

document.querySelector('#description').append(...prose(api.info.description));
for (const tag of new Set(operations.map(({ operation }) => operation.tags?.[0] ?? 'other'))) {
  const mine = operations.filter(({ operation }) => (operation.tags?.[0] ?? 'other') === tag);
  document.querySelector('nav').append(
    element('h2', {}, tag),
    ...mine.map(({ method, path, operation }) =>
      element('a', { href: `#${operation.operationId}` }, `${method} ${path.replace('/api/v1', '')}`)));
  document.querySelector('main').append(...mine.map(({ method, path, operation }) => article(method, path, operation)));
}
const shapes = Object.entries(api.components.schemas);
document.querySelector('nav').append(
  element('h2', {}, 'shapes'), ...shapes.map(([name]) => element('a', { href: `#shape-${name}` }, name)));
document.querySelector('main').append(...shapes.map(shape));
if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
