/** Elements of the demo's own page: made in one expression, of text nodes and attributes only. */

type Child = Node | string | null;

type Attributes = Readonly<Record<string, string | boolean>>;

export function element<T extends keyof HTMLElementTagNameMap>(
  name: T,
  attributes?: Attributes,
  ...children: readonly Child[]
): HTMLElementTagNameMap[T];
export function element(name: `parley-${string}`, attributes?: Attributes, ...children: readonly Child[]): HTMLElement;
export function element(name: string, attributes: Attributes = {}, ...children: readonly Child[]): HTMLElement {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'string') made.setAttribute(key, value);
    else made.toggleAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** A list to choose one value from, with its label in front. */
export function choice(
  label: string,
  options: readonly (readonly [value: string, text: string])[],
  chosen: string,
  choose: (value: string) => void,
): HTMLLabelElement {
  const select = element(
    'select',
    {},
    ...options.map(([value, text]) => element('option', { value, selected: value === chosen }, text)),
  );
  select.addEventListener('change', () => choose(select.value));
  return element('label', { class: 'choice' }, element('span', {}, label), select);
}
